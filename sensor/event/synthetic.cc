// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/synthetic.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "fmt/format.h"
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

constexpr size_t kMaxSpelling = 256;
using Room = std::array<char, kMaxSpelling>;

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// How a field is spelled in the map: "fd.name", "evt.arg.flags", "evt.arg[1]", "proc.aname[2]". "" if it is too long.
std::string_view Spell(const Field& field, const FieldArg& arg, Room& room) {
  if (!arg.present) return field.name;
  if (field.name.size() + arg.name.size() + 16 > room.size()) return "";
  bool named = !arg.name.empty() && !ParseInteger(arg.name);
  char* end = std::copy(field.name.begin(), field.name.end(), room.data());
  *end++ = named ? '.' : '[';
  if (arg.name.empty()) {
    end = std::to_chars(end, room.data() + room.size() - 1, arg.index).ptr;
  } else {
    end = std::copy(arg.name.begin(), arg.name.end(), end);
  }
  if (!named) *end++ = ']';
  return {room.data(), static_cast<size_t>(end - room.data())};
}

// The argument behind a field's name: ".flags", "[flags]", "[2]".
absl::Status ParseArg(const Field& field, std::string_view spelling, std::string_view rest, FieldArg& out) {
  bool needs = field.arg == ArgKind::kIndex || field.arg == ArgKind::kName;
  if (rest.empty()) {
    if (!needs) return absl::OkStatus();
    return absl::InvalidArgumentError(
        fmt::format("{}: the field needs an argument, as in {}.name", spelling, field.name));
  }
  if (field.arg == ArgKind::kNone) {
    return absl::InvalidArgumentError(fmt::format("{}: the field {} takes no argument", spelling, field.name));
  }
  bool bracketed = rest.front() == '[';
  if (bracketed && rest.back() != ']') return absl::InvalidArgumentError(fmt::format("{}: \"]\" is missing", spelling));
  rest = bracketed ? rest.substr(1, rest.size() - 2) : rest.substr(1);
  std::optional<int64_t> index = ParseInteger(rest);
  bool by_name = field.arg == ArgKind::kName || field.arg == ArgKind::kOptionalName;
  if (rest.empty() || (!by_name && (!index || *index < 0 || *index > 0xffffffffLL))) {
    return absl::InvalidArgumentError(
        fmt::format("{}: the argument of {} is a number, as in {}[1]", spelling, field.name, field.name));
  }
  out.present = true;
  if (by_name) {
    out.name = std::string(rest);
  } else {
    out.index = static_cast<uint32_t>(*index);
  }
  return absl::OkStatus();
}

struct Resolved {
  const Field* field = nullptr;
  std::string key;
};

absl::StatusOr<Resolved> Resolve(std::string_view spelling) {
  FieldMatch match = FindField(spelling);
  if (match.field == nullptr) {
    std::string_view near = NearestFieldName(spelling);
    return absl::InvalidArgumentError(
        near.empty() ? fmt::format("{}: there is no such field", spelling)
                     : fmt::format("{}: there is no such field; did you mean {}?", spelling, near));
  }
  FieldArg arg;
  if (absl::Status s = ParseArg(*match.field, spelling, match.rest, arg); !s.ok()) return s;
  Room room;
  std::string_view key = Spell(*match.field, arg, room);
  if (key.empty()) return absl::InvalidArgumentError(fmt::format("{}: the argument is too long", spelling));
  return Resolved{match.field, std::string(key)};
}

std::string_view TypeName(FieldType type) {
  switch (type) {
    case FieldType::kBool:
      return "true or false";
    case FieldType::kNumber:
      return "a whole number";
    case FieldType::kPort:
      return "a port number";
    case FieldType::kAddress:
    case FieldType::kNet:
      return "an IP address";
    default:
      return "a string";
  }
}

bool Accepts(FieldType type, const SyntheticFields::Item& item) {
  switch (type) {
    case FieldType::kBool:
      return std::holds_alternative<bool>(item);
    case FieldType::kNumber:
    case FieldType::kPort:
      return std::holds_alternative<int64_t>(item);
    case FieldType::kAddress:
    case FieldType::kNet:
      return std::holds_alternative<IpAddress>(item);
    default:
      return std::holds_alternative<std::string>(item);
  }
}

std::optional<SyntheticFields::Item> Parse(FieldType type, std::string_view text) {
  switch (type) {
    case FieldType::kBool:
      if (text == "true" || text == "false") return text == "true";
      return std::nullopt;
    case FieldType::kNumber:
    case FieldType::kPort:
      if (auto number = ParseInteger(text)) return *number;
      return std::nullopt;
    case FieldType::kAddress:
    case FieldType::kNet: {
      IpAddress address;
      address.v6 = text.find(':') != std::string_view::npos;
      int family = address.v6 ? AF_INET6 : AF_INET;
      if (inet_pton(family, std::string(text).c_str(), address.bytes.data()) != 1) return std::nullopt;
      return address;
    }
    default:
      return std::string(text);
  }
}

Value ToValue(const SyntheticFields::Item& item) {
  if (const auto* b = std::get_if<bool>(&item)) return Value::Bool(*b);
  if (const auto* n = std::get_if<int64_t>(&item)) return Value::Number(*n);
  if (const auto* s = std::get_if<std::string>(&item)) return Value::String(*s);
  return Value::Address(std::get<IpAddress>(item));
}

// An argument of an event is text; a number in JSON is its text.
bool IsArgument(const Field& field) { return field.name == "evt.arg"; }

std::string_view TextOf(const SyntheticFields::Item* item) {
  const auto* text = item == nullptr ? nullptr : std::get_if<std::string>(item);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

}  // namespace

absl::Status SyntheticFields::Add(std::string_view spelling, const Item& item) {
  absl::StatusOr<Resolved> r = Resolve(spelling);
  if (!r.ok()) return r.status();
  Item value = item;
  if (IsArgument(*r->field) && std::holds_alternative<int64_t>(item)) value = std::to_string(std::get<int64_t>(item));
  if (!Accepts(r->field->type, value)) {
    return absl::InvalidArgumentError(fmt::format("{}: the value must be {}", spelling, TypeName(r->field->type)));
  }
  std::vector<Item>& items = items_[r->key];
  bool several = r->field->any_of && r->key == r->field->name;
  if (!items.empty() && !several) {
    return absl::InvalidArgumentError(fmt::format("{}: the field has one value only", spelling));
  }
  items.push_back(std::move(value));
  return absl::OkStatus();
}

absl::Status SyntheticFields::AddParsed(std::string_view spelling, std::string_view text) {
  FieldMatch match = FindField(spelling);
  if (match.field == nullptr) return Add(spelling, std::string(text));  // which reports it
  std::optional<Item> item = Parse(match.field->type, text);
  if (!item) {
    return absl::InvalidArgumentError(fmt::format("{}: \"{}\" is not {}", spelling, text, TypeName(match.field->type)));
  }
  return Add(spelling, *item);
}

absl::Status SyntheticFields::Set(std::string_view spelling, std::string_view value) {
  return AddParsed(spelling, value);
}
absl::Status SyntheticFields::Set(std::string_view spelling, int64_t value) { return Add(spelling, value); }
absl::Status SyntheticFields::Set(std::string_view spelling, bool value) { return Add(spelling, value); }

const SyntheticFields::Item* SyntheticFields::Find(std::string_view spelling) const {
  auto it = items_.find(spelling);
  return it == items_.end() || it->second.empty() ? nullptr : &it->second.front();
}

void SyntheticFields::Get(std::string_view spelling, Values& out) const {
  auto it = items_.find(spelling);
  if (it == items_.end()) return;
  for (const Item& item : it->second) out.Add(ToValue(item));
}

void SyntheticFields::Get(const Field& field, const FieldArg& arg, Values& out) const {
  Room room;
  Get(Spell(field, arg, room), out);
  if (!out.empty() || !arg.present || arg.index == 0 || field.arg != ArgKind::kOptionalIndex) return;
  auto it = items_.find(field.name);
  if (it != items_.end() && arg.index <= it->second.size()) out.Add(ToValue(it->second[arg.index - 1]));
}

absl::Status SyntheticEvent::Finish(std::string_view kind) {
  std::string_view type_name = TextOf(fields_.Find("evt.type"));
  if (type_name.empty()) {
    return absl::InvalidArgumentError(std::string("evt.type is missing: every event needs it, as in \"openat\""));
  }
  std::optional<EventTypeId> type = FindEventType(type_name);
  if (!type) return absl::InvalidArgumentError(fmt::format("evt.type: there is no system call \"{}\"", type_name));
  type_ = *type;
  EventKinds kinds = KindsOfType(type_);
  if (kind.empty()) kind = TextOf(fields_.Find("evt.hook"));
  for (const EventKindInfo& info : AllEventKinds()) {
    bool chosen = kind.empty() || kind == info.name;
    if (chosen && kinds[info.kind] && header_.kind == VD_KIND_NONE) header_.kind = static_cast<uint16_t>(info.kind);
  }
  if (!kind.empty() && header_.kind == VD_KIND_NONE) {
    return absl::InvalidArgumentError(fmt::format("kind: {} events are never of the kind \"{}\"", type_name, kind));
  }
  header_.size = sizeof header_;
  header_.syscall_nr = type_ < 1024 ? type_ : VD_NO_SYSCALL;
  FillHeader();
  return absl::OkStatus();
}

void SyntheticEvent::FillHeader() {
  auto number = [this](std::string_view field, auto& out) {
    const auto* item = fields_.Find(field);
    if (item == nullptr) return false;
    out = static_cast<std::decay_t<decltype(out)>>(std::get<int64_t>(*item));
    return true;
  };
  number("evt.num", number_);
  number("evt.rawtime", time_ns_);
  number("evt.cpu", header_.cpu);
  number("evt.policy", header_.policy_id);
  number("user.uid", header_.uid);
  number("proc.exec_id", header_.exec_id);
  if (number("proc.pid", header_.pid)) header_.tid = header_.pid;
  number("thread.tid", header_.tid);
  if (number("evt.rawres", header_.result)) header_.flags |= VD_F_RESULT;
  std::string_view container = TextOf(fields_.Find("container.id"));
  if (!container.empty() && container != "host") header_.flags |= VD_F_CONTAINER;
  if (auto verdict = SymbolValue(VerdictSymbols(), TextOf(fields_.Find("evt.verdict")))) {
    header_.verdict = static_cast<uint8_t>(*verdict);
  }
  if (auto via = SymbolValue(ViaSymbols(), TextOf(fields_.Find("evt.via")))) header_.via = static_cast<uint8_t>(*via);
  header_.time_ns = static_cast<uint64_t>(time_ns_);
}

Event SyntheticEvent::event() const {
  Event out;
  out.header = &header_;
  out.synthetic = &fields_;
  out.number = number_;
  out.time_ns = time_ns_;
  out.type = type_;
  return out;
}

}  // namespace vedette
