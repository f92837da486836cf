// SPDX-License-Identifier: Apache-2.0
//
// ScanOptions: the transformer getopt(list, "ab:"), which reads command lines like getopt(3) of POSIX. Pure; allocates
// nothing: what it adds points into `arguments` and `options`.
#ifndef VEDETTE_ENGINE_GETOPT_H_
#define VEDETTE_ENGINE_GETOPT_H_

#include <string_view>

#include "sensor/event/value.h"

namespace vedette {

// Adds each option's letter and, where `options` has a ':' behind the letter, its value: the rest of the word or the
// next one, "" alone where there is none. Letters that `options` does not name add "?". Words like --long are passed
// over; "--" and the first word that is no option end the scan. With `only`, just what the last occurrence of that
// option says is added: its value, or its letter where it takes none. As libsinsp does
// (sinsp_filtercheck_multivalue_transformer.cpp).
void ScanOptions(const Values& arguments, std::string_view options, char only, Values& out);

}  // namespace vedette
#endif  // VEDETTE_ENGINE_GETOPT_H_
