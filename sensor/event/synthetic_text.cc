// SPDX-License-Identifier: Apache-2.0
//
// The two ways to write a synthetic event: a line of JSON and, for tests, words.
#include <limits>
#include <optional>

#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "sensor/event/synthetic.h"

namespace vedette {
namespace {

using Json = nlohmann::json;

absl::Status TooLong() {
  return absl::InvalidArgumentError(fmt::format("the event is longer than {} bytes", SyntheticEvent::kMaxText));
}

absl::Status SetNumber(const std::string& key, const Json& value, SyntheticFields& fields) {
  if (value.is_number_float() ||
      (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()})) {
    return absl::InvalidArgumentError(fmt::format("{}: the number is not a whole one of 64 bits", key));
  }
  return fields.Set(key, value.get<int64_t>());
}

absl::Status SetScalar(const std::string& key, const Json& value, SyntheticFields& fields) {
  if (value.is_null()) return absl::OkStatus();
  if (value.is_boolean()) return fields.Set(key, value.get<bool>());
  if (value.is_number()) return SetNumber(key, value, fields);
  if (value.is_string()) {
    // Only what is written as a string in JSON anyway may be one: no "3" for fd.num.
    const auto& text = value.get_ref<const std::string&>();
    FieldMatch match = FindField(key);
    bool typed =
        match.field != nullptr && (match.field->type == FieldType::kNumber || match.field->type == FieldType::kPort ||
                                   match.field->type == FieldType::kBool);
    if (typed) return absl::InvalidArgumentError(fmt::format("{}: \"{}\" must not be quoted", key, text));
    return fields.Set(key, std::string_view(text));
  }
  return absl::InvalidArgumentError(fmt::format("{}: the value must be a string, a number, true or false", key));
}

absl::Status SetField(const std::string& key, const Json& value, SyntheticFields& fields) {
  if (!value.is_array()) return SetScalar(key, value, fields);
  if (value.size() > Values::kMaxValues) {
    return absl::InvalidArgumentError(fmt::format("{}: more than {} values", key, Values::kMaxValues));
  }
  for (const Json& element : value) {
    if (absl::Status s = SetScalar(key, element, fields); !s.ok()) return s;
  }
  return absl::OkStatus();
}

// Nesting beyond what an event has is refused while parsing, before memory is spent on it.
absl::StatusOr<Json> ParseObject(std::string_view line) {
  bool too_deep = false;
  auto watch = [&too_deep](int depth, Json::parse_event_t event, Json&) {
    bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth > 2) too_deep = true;
    return !too_deep;
  };
  try {
    Json object = Json::parse(line.begin(), line.end(), watch);
    if (too_deep)
      return absl::InvalidArgumentError(std::string("the event is nested: values are scalars or arrays of them"));
    if (!object.is_object()) return absl::InvalidArgumentError(std::string("an event is a JSON object of fields"));
    return object;
  } catch (const Json::exception& e) {
    return absl::InvalidArgumentError(fmt::format("not JSON: {}", e.what()));
  }
}

struct Word {
  std::string key, value;
};

// Takes `key=value` off the front of `text`; the value may be quoted with ' or ".
absl::StatusOr<std::optional<Word>> NextWord(std::string_view& text) {
  size_t start = text.find_first_not_of(" \n\t");
  if (start == std::string_view::npos) return std::optional<Word>();
  text.remove_prefix(start);
  size_t equal = text.find('=');
  if (equal == std::string_view::npos || text.substr(0, equal).find_first_of(" \n\t") != std::string_view::npos) {
    return absl::InvalidArgumentError(fmt::format("expected field=value at \"{}\"", text.substr(0, 32)));
  }
  Word word{std::string(text.substr(0, equal)), ""};
  text.remove_prefix(equal + 1);
  bool quoted = !text.empty() && (text.front() == '\'' || text.front() == '"');
  size_t end = quoted ? text.find(text.front(), 1) : text.find_first_of(" \n\t");
  if (quoted && end == std::string_view::npos) {
    return absl::InvalidArgumentError(fmt::format("{}: the quote is not closed", word.key));
  }
  word.value = std::string(quoted ? text.substr(1, end - 1) : text.substr(0, end));
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + (quoted ? 1 : 0));
  return std::optional<Word>(std::move(word));
}

}  // namespace

absl::StatusOr<SyntheticEvent> SyntheticEvent::FromJson(std::string_view line) {
  if (line.size() > kMaxText) return TooLong();
  absl::StatusOr<Json> object = ParseObject(line);
  if (!object.ok()) return object.status();
  SyntheticEvent event;
  std::string kind;
  for (const auto& [key, value] : object->items()) {
    if (key == "kind" && value.is_string()) {
      kind = value.get<std::string>();
    } else if (key == "evt.time" && value.is_number()) {
      if (absl::Status s = SetNumber("evt.rawtime", value, event.fields_); !s.ok()) return s;
    } else if (absl::Status s = SetField(key, value, event.fields_); !s.ok()) {
      return s;
    }
  }
  if (absl::Status s = event.Finish(kind); !s.ok()) return s;
  return event;
}

absl::StatusOr<SyntheticEvent> SyntheticEvent::FromText(std::string_view text) {
  if (text.size() > kMaxText) return TooLong();
  SyntheticEvent event;
  std::string kind;
  for (;;) {
    absl::StatusOr<std::optional<Word>> word = NextWord(text);
    if (!word.ok()) return word.status();
    if (!word->has_value()) break;
    const Word& w = **word;
    if (w.key == "kind") {
      kind = w.value;
    } else if (absl::Status s = event.fields_.Set(w.key, std::string_view(w.value)); !s.ok()) {
      return s;
    }
  }
  if (absl::Status s = event.Finish(kind); !s.ok()) return s;
  return event;
}

}  // namespace vedette
