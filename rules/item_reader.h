// SPDX-License-Identifier: Apache-2.0
//
// ReadItems: the documents of one YAML file → Collector. Knows which kinds of item there are and which keys each has.
// No state; one thread per Collector.
#ifndef VEDETTE_RULES_ITEM_READER_H_
#define VEDETTE_RULES_ITEM_READER_H_

#include "rules/collector.h"
#include "rules/diagnostics.h"
#include "rules/yaml_node.h"

namespace vedette {

void ReadItems(const YamlFile& file, Collector& collector, Diagnostics& diagnostics);

}  // namespace vedette
#endif  // VEDETTE_RULES_ITEM_READER_H_
