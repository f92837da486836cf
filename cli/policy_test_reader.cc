// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/policy_test.h"
#include "outputs/json_writer.h"
#include "rules/map_reader.h"
#include "rules/source_file.h"
#include "rules/yaml_node.h"

namespace vedette {
namespace {

// A path in the file is seen from the file.
std::string Beside(const std::string& file, const std::string& path) {
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

bool IsWholeNumber(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// YAML does not tell how a scalar was meant; the field's type does. What is not of the type goes as text, for the
// event's own reader to refuse.
void WriteScalar(std::string_view field, const YamlNode& node, JsonWriter& json) {
  if (node.is_null() || node.value == "null" || node.value == "~") return json.Null();
  const FieldMatch match = FindField(field);
  const bool number =
      field == "evt.time" ||
      (match.field != nullptr && (match.field->type == FieldType::kNumber || match.field->type == FieldType::kPort));
  const bool boolean = match.field != nullptr && match.field->type == FieldType::kBool;
  if (number && IsWholeNumber(node.value)) {
    int64_t value = 0;
    std::from_chars(node.value.data(), node.value.data() + node.value.size(), value);
    return json.Number(value);
  }
  if (boolean && (node.value == "true" || node.value == "false")) return json.Bool(node.value == "true");
  json.String(node.value);
}

class Reader {
 public:
  Reader(PolicyTests& out, std::string text) : out_(out), diagnostics_(&sources_) {
    sources_.Add(out.file, std::move(text));
  }

  void Read() {
    YamlFile file = ReadYaml(0, diagnostics_);
    if (!diagnostics_.has_errors()) ReadFile(file);
    out_.diagnostics = diagnostics_.Take();
  }

 private:
  uint32_t LineOf(const YamlNode& node) const { return sources_.PositionOf(node.at).line; }
  void Error(const YamlNode& at, std::string message) { diagnostics_.Error(at.at, std::move(message)); }

  void ReadFile(const YamlFile& file) {
    if (file.documents.size() != 1 || !file.documents[0]->is_map()) {
      return diagnostics_.Error(SourceOffset{0, 0},
                                "expected one mapping with 'tests', and 'rules' unless -r is given");
    }
    MapReader map(*file.documents[0], "file", diagnostics_);
    if (const YamlNode* rules = map.Take("rules"); rules != nullptr && rules->is_scalar()) {
      out_.rules.push_back(Beside(out_.file, rules->value));
    } else if (auto paths = map.TakeTexts("rules", false)) {
      for (const MappedText& path : *paths) out_.rules.push_back(Beside(out_.file, path.text()));
    }
    const YamlNode* tests = map.Take("tests");
    if (tests == nullptr || !tests->is_sequence() || tests->children.empty()) {
      Error(tests == nullptr ? *file.documents[0] : *tests, "'tests' must be a sequence of tests");
    } else {
      for (const YamlNode* test : tests->children) ReadTest(*test);
    }
    map.WarnUnknownKeys();
  }

  void ReadTest(const YamlNode& node) {
    if (!node.is_map()) return Error(node, "a test is a mapping with 'name', 'events', 'alerts' and 'no_alerts'");
    PolicyTest test;
    test.line = LineOf(node);
    MapReader map(node, "test", diagnostics_);
    auto name = map.TakeString("name", true);
    if (name) test.name = *std::move(name);
    auto recording = map.TakeString("recording", false);
    if (recording) test.recording = Beside(out_.file, *recording);
    const YamlNode* events = map.Take("events");
    if ((events != nullptr) == map.Has("recording")) {
      Error(node, "a test has either 'events' or 'recording'");
    } else if (events != nullptr) {
      ReadEvents(*events, test);
    }
    const YamlNode* alerts = map.Take("alerts");
    const YamlNode* no_alerts = map.Take("no_alerts");
    if (alerts != nullptr) ReadAlerts(*alerts, test.alerts);
    if (no_alerts != nullptr && no_alerts->is_scalar() && no_alerts->value == "others") {
      test.no_others = true;
    } else if (no_alerts != nullptr) {
      ReadAlerts(*no_alerts, test.no_alerts);
    }
    if (test.alerts.empty() && test.no_alerts.empty() && !test.no_others) {
      Error(node, "the test expects nothing, so it cannot fail: add 'alerts', 'no_alerts', or 'no_alerts: others'");
    }
    CheckEventNumbers(node, test);
    map.WarnUnknownKeys();
    out_.tests.push_back(std::move(test));
  }

  void CheckEventNumbers(const YamlNode& node, const PolicyTest& test) {
    for (const auto* list : {&test.alerts, &test.no_alerts}) {
      for (const ExpectedAlert& alert : *list) {
        if (alert.event && (*alert.event == 0 || *alert.event > test.events.size())) {
          Error(node, fmt::format("line {}: there is no event {}; the test has {} inline", alert.line, *alert.event,
                                  test.events.size()));
        }
      }
    }
  }

  void ReadEvents(const YamlNode& node, PolicyTest& test) {
    if (!node.is_sequence()) return Error(node, "'events' is a sequence of mappings from fields to values");
    for (const YamlNode* event : node.children) {
      if (!event->is_map()) {
        Error(*event, "an event is a mapping from fields to values");
        continue;
      }
      absl::StatusOr<SyntheticEvent> made = SyntheticEvent::FromJson(AsJson(*event));
      if (made.ok()) {
        test.events.push_back({*std::move(made), LineOf(*event)});
      } else {
        Error(*event, std::string(made.status().message().data(), made.status().message().size()));
      }
    }
  }

  static std::string AsJson(const YamlNode& event) {
    std::string out;
    JsonWriter json(out);
    json.BeginObject();
    for (size_t i = 0; i + 1 < event.children.size(); i += 2) {
      const std::string& field = event.children[i]->value;
      const YamlNode& value = *event.children[i + 1];
      json.Key(field);
      if (!value.is_sequence()) {
        WriteScalar(field, value, json);
        continue;
      }
      json.BeginArray();
      for (const YamlNode* element : value.children) WriteScalar(field, *element, json);
      json.EndArray();
    }
    json.EndObject();
    return out;
  }

  void ReadAlerts(const YamlNode& node, std::vector<ExpectedAlert>& out) {
    if (!node.is_sequence()) return Error(node, "expected a sequence of rules' names, or of mappings with 'rule'");
    for (const YamlNode* child : node.children) {
      ExpectedAlert alert;
      alert.line = LineOf(*child);
      if (child->is_scalar()) {
        alert.rule = child->value;
      } else if (child->is_map()) {
        ReadAlert(*child, alert);
      } else {
        Error(*child, "an alert is a rule's name, or a mapping with 'rule', and 'fields' or 'event'");
      }
      out.push_back(std::move(alert));
    }
  }

  void ReadAlert(const YamlNode& node, ExpectedAlert& out) {
    MapReader map(node, "alert", diagnostics_);
    auto rule = map.TakeString("rule", true);
    if (rule) out.rule = *std::move(rule);
    if (auto event = map.TakeString("event", false)) {
      uint32_t number = 0;
      std::from_chars(event->data(), event->data() + event->size(), number);
      if (!IsWholeNumber(*event)) Error(*map.Take("event"), "'event' is the number of an event of the test, from 1");
      out.event = number;
    }
    const YamlNode* fields = map.Take("fields");
    if (fields != nullptr && !fields->is_map()) Error(*fields, "'fields' is a mapping from fields to values");
    for (size_t i = 0; fields != nullptr && fields->is_map() && i + 1 < fields->children.size(); i += 2) {
      const YamlNode& value = *fields->children[i + 1];
      if (!value.is_scalar() && !value.is_null()) Error(value, "the value of a field is one text, as alerts print it");
      out.fields.emplace_back(fields->children[i]->value, value.is_null() ? "" : value.value);
    }
    map.WarnUnknownKeys();
  }

  PolicyTests& out_;
  Sources sources_;
  Diagnostics diagnostics_;
};

Diagnostic FileError(const std::string& file, std::string message) {
  return {Diagnostic::Severity::kError, file, 0, 0, std::move(message), ""};
}

}  // namespace

bool PolicyTests::ok() const {
  return std::none_of(diagnostics.begin(), diagnostics.end(),
                      [](const Diagnostic& d) { return d.severity == Diagnostic::Severity::kError; });
}

PolicyTests ReadPolicyTests(const std::string& path) {
  PolicyTests out;
  out.file = path;
  std::error_code error;
  std::ifstream in(path, std::ios::binary);
  if (std::filesystem::is_directory(path, error)) {
    out.diagnostics.push_back(FileError(path, "is a directory; name the files in it"));
  } else if (!in) {
    out.diagnostics.push_back(FileError(path, fmt::format("cannot open: {}", std::strerror(errno))));
  } else {
    std::string text(kMaxRuleFileBytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(in.gcount()));
    if (text.size() > kMaxRuleFileBytes) {
      out.diagnostics.push_back(
          FileError(path, fmt::format("the file is larger than {} MiB", kMaxRuleFileBytes >> 20)));
    } else {
      Reader(out, std::move(text)).Read();
    }
  }
  return out;
}

}  // namespace vedette
