// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/event_kind.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sensor/event/syscall_table.h"

namespace vedette {
namespace {

// Types that are no system call of the table. `umount` is what Falco's rules may call umount2(2), whose number it
// shares.
struct ExtraType {
  EventTypeId id;
  std::string_view name;
};
constexpr ExtraType kExtraTypes[] = {{1024, "procexit"},
                                     {1025, "container"},
                                     {VD_TYPE_CAPABLE, "capable"},
                                     {1027, "syscall_entry"},
                                     {VD_TYPE_LOCKED_DOWN, "locked_down"},
                                     {VD_TYPE_MODULE_REQUEST, "module_request"}};
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {{"umount", "umount2"}};

constexpr size_t kMaxTypesOfKind = 16;

// The words of an events.def types string.
struct TypeNames {
  std::array<std::string_view, kMaxTypesOfKind> names{};
  size_t count = 0;
};

constexpr TypeNames Split(std::string_view text) {
  TypeNames out;
  while (!text.empty()) {
    size_t end = std::min(text.find(' '), text.size());
    if (end != 0) out.names[out.count++] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

constexpr TypeNames kTypeNames[VD_KIND_COUNT] = {
    TypeNames{},
#define VD_EVENT(KIND, name, lane, record, types, doc) Split(types),
#include "bpf/abi/events.def"
#undef VD_EVENT
};

// The types of SYSCALL have a list of their own.
constexpr std::string_view kCalls[] = {
#define VD_CALL(name, number, ia32, text) #name,
#define VD_HOOKED(KIND, name, number, ia32, text)
#include "bpf/abi/calls.def"
#undef VD_CALL
};

constexpr std::span<const std::string_view> TypesOf(int kind) {
  if (kind == VD_KIND_SYSCALL) return kCalls;
  return {kTypeNames[kind].names.data(), kTypeNames[kind].count};
}

constexpr EventKindInfo kInfo[VD_KIND_COUNT] = {
    {VD_KIND_NONE, "none", VD_LANE_BULK, sizeof(vd_header), {}, ""},
#define VD_EVENT(KIND, name, lane, record, types, doc) \
  {VD_KIND_##KIND, #name, VD_LANE_##lane, sizeof(struct record), TypesOf(VD_KIND_##KIND), doc},
#include "bpf/abi/events.def"
#undef VD_EVENT
};

// Everything about types that is looked up, derived once.
class TypeIndex {
 public:
  TypeIndex() {
    for (const SyscallName& s : AllSyscalls()) Add(s.number, s.name);
    for (const ExtraType& e : kExtraTypes) Add(e.id, e.name);
    std::sort(by_name_.begin(), by_name_.end());
    for (const auto& [alias, name] : kAliases) {
      if (std::optional<EventTypeId> id = Find(name)) aliases_.emplace_back(alias, *id);
    }
    by_name_.insert(by_name_.end(), aliases_.begin(), aliases_.end());
    std::sort(by_name_.begin(), by_name_.end());
    for (int k = 1; k < VD_KIND_COUNT; ++k) AddKind(static_cast<EventKind>(k));
  }

  std::optional<EventTypeId> Find(std::string_view name) const {
    auto it = std::lower_bound(by_name_.begin(), by_name_.end(), name,
                               [](const auto& entry, std::string_view n) { return entry.first < n; });
    if (it == by_name_.end() || it->first != name) return std::nullopt;
    return it->second;
  }
  std::string_view Name(EventTypeId id) const { return id < kMaxEventTypes ? names_[id] : std::string_view(); }
  EventKinds Kinds(EventTypeId id) const { return id < kMaxEventTypes ? kinds_[id] : EventKinds(); }
  EventTypes Types(int kind) const { return types_[kind]; }
  const EventKinds* kinds() const { return kinds_.data(); }
  const EventTypeId* defaults() const { return defaults_.data(); }

 private:
  void Add(EventTypeId id, std::string_view name) {
    names_[id] = name;
    by_name_.emplace_back(name, id);
  }
  void AddKind(EventKind kind) {
    std::span<const std::string_view> types = TypesOf(kind);
    for (std::string_view type : types) {
      std::optional<EventTypeId> id = Find(type);
      if (!id) continue;
      kinds_[*id].set(kind);
      types_[kind].set(*id);
    }
    if (!types.empty()) defaults_[kind] = Find(types.front()).value_or(0);
  }

  std::array<std::string_view, kMaxEventTypes> names_{};
  std::array<EventKinds, kMaxEventTypes> kinds_{};
  std::array<EventTypes, VD_KIND_COUNT> types_{};
  std::array<EventTypeId, VD_KIND_COUNT> defaults_{};
  std::vector<std::pair<std::string_view, EventTypeId>> by_name_;
  std::vector<std::pair<std::string_view, EventTypeId>> aliases_;
};

const TypeIndex& Types() {
  static const TypeIndex index;
  return index;
}

}  // namespace

const EventKindInfo& Info(EventKind kind) { return kInfo[kind]; }
std::span<const EventKindInfo> AllEventKinds() { return std::span(kInfo).subspan(1); }

std::optional<EventTypeId> FindEventType(std::string_view name) { return Types().Find(name); }
std::string_view EventTypeName(EventTypeId id) { return Types().Name(id); }
EventKinds KindsOfType(EventTypeId id) { return Types().Kinds(id); }
EventTypes TypesOfKind(EventKind kind) { return Types().Types(kind); }

EventTyper::EventTyper() : kinds_(Types().kinds()), defaults_(Types().defaults()) {}

}  // namespace vedette
