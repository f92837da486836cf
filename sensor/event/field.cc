// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/field.h"

#include <algorithm>
#include <iterator>

#include "sensor/event/edit_distance.h"
#include "sensor/event/field_rows.h"
#include "sensor/event/synthetic.h"

namespace vedette {
namespace {

std::vector<Field> Assemble() {
  std::vector<Field> all;
  for (std::span<const Field> part :
       {EvtFields(), EvtCountFields(), EvtIoFields(), EvtRawargFields(), EvtTimeFields(), FdFields(), FdSocketFields(),
        FsFields(), ProcFields(), ProcDetailFields(), ProcFamilyFields(), EnvFields(), ExeFields(), UserFields(),
        ContainerFields(), ContainerDetailFields(), GoneFields(), ObjectFields(), ServiceFields(),
        SyscallFields()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end(), [](const Field& a, const Field& b) { return a.name < b.name; });
  return all;
}

// Fields that depend on nothing but the header and the view around it, which a synthetic event has too.
bool HeaderAnswers(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "evt.category",     "evt.compat",     "evt.count",     "evt.count.error", "evt.count.exit", "evt.cpu",
      "evt.datetime",     "evt.datetime.s", "evt.dir",       "evt.failed",      "evt.hook",       "evt.latency",
      "evt.latency.ns",   "evt.latency.s",  "evt.num",       "evt.outputtime",  "evt.policy",     "evt.rawres",
      "evt.rawtime",      "evt.rawtime.ns", "evt.rawtime.s", "evt.res",         "evt.source",     "evt.time",
      "evt.time.iso8601", "evt.time.s",     "evt.type",      "evt.type.is",     "evt.verdict",    "evt.via",
      "evt.wait_latency", "syscall.type"};
  return std::binary_search(std::begin(kNames), std::end(kNames), name);
}

}  // namespace

std::span<const Field> AllFields() {
  static const std::vector<Field> fields = Assemble();
  return fields;
}

FieldMatch FindField(std::string_view name) {
  std::span<const Field> fields = AllFields();
  // From the whole name to ever shorter prefixes that end before a "." or a "[".
  for (size_t end = name.size(); end != 0 && end != std::string_view::npos; end = name.find_last_of(".[", end - 1)) {
    std::string_view prefix = name.substr(0, end);
    auto it = std::lower_bound(fields.begin(), fields.end(), prefix,
                               [](const Field& f, std::string_view n) { return f.name < n; });
    if (it != fields.end() && it->name == prefix) return {&*it, name.substr(end)};
  }
  return {};
}

std::string_view NearestFieldName(std::string_view name) {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> out;
    for (const Field& f : AllFields()) out.push_back(f.name);
    return out;
  }();
  return Nearest(name, names);
}

void ExtractSynthetic(const Field& field, const FieldArg& arg, const Event& event, Values& out) {
  event.synthetic->Get(field, arg, out);
  if (out.empty() && HeaderAnswers(field.name)) field.extract(event, arg, out);
}

}  // namespace vedette
