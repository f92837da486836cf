// SPDX-License-Identifier: Apache-2.0
//
// Paths as text: nothing here looks at a file system. Thread-safe.
#ifndef VEDETTE_SENSOR_EVENT_PATH_TEXT_H_
#define VEDETTE_SENSOR_EVENT_PATH_TEXT_H_

#include <string_view>

#include "sensor/event/text_writer.h"

namespace vedette {

std::string_view DirectoryOf(std::string_view path);  // "/etc/shadow" → "/etc", "/x" → "/", "x" → "/"
std::string_view FileNameOf(std::string_view path);   // "/etc/shadow" → "shadow", "/etc/" → ""

// `path`, seen from `directory` when it is relative, without ".", ".." and repeated slashes, as Falco shows the name of
// a file that no hook resolved. Symbolic links are not followed.
void AppendJoined(std::string_view directory, std::string_view path, TextWriter& out);

}  // namespace vedette
#endif  // VEDETTE_SENSOR_EVENT_PATH_TEXT_H_
