// SPDX-License-Identifier: Apache-2.0
#include "engine/getopt.h"

#include <array>
#include <optional>

namespace vedette {
namespace {

enum class OptionKind : uint8_t { kUnknown, kFlag, kWithValue };

class OptionTable {
 public:
  explicit OptionTable(std::string_view options) {
    if (options.starts_with(':')) options.remove_prefix(1);
    for (size_t i = 0; i < options.size(); ++i) {
      if (options[i] == ':') continue;
      const bool value = i + 1 < options.size() && options[i + 1] == ':';
      kinds_[static_cast<unsigned char>(options[i])] = value ? OptionKind::kWithValue : OptionKind::kFlag;
    }
  }
  OptionKind operator[](char letter) const { return kinds_[static_cast<unsigned char>(letter)]; }

 private:
  std::array<OptionKind, 256> kinds_{};
};

class Scan {
 public:
  Scan(const Values& arguments, std::string_view options, char only, Values& out)
      : arguments_(arguments), table_(options), only_(only), out_(out) {}

  void Run() {
    for (; at_ < arguments_.size(); ++at_) {
      const std::string_view word = arguments_[at_].string();
      if (word.starts_with("--") && word.size() > 2) continue;
      if (word == "--" || word.size() < 2 || word[0] != '-') break;
      Word(word);
    }
    if (last_) out_.Add(Value::String(*last_));
  }

 private:
  // -xvf file
  void Word(std::string_view word) {
    for (size_t i = 1; i < word.size(); ++i) {
      const std::string_view letter = word.substr(i, 1);
      const OptionKind kind = table_[word[i]];
      if (kind == OptionKind::kWithValue) return WithValue(letter, word.substr(i + 1));
      if (kind == OptionKind::kFlag) Emit(word[i], letter, std::nullopt);
      if (kind == OptionKind::kUnknown && only_ == '\0') out_.Add(Value::String("?"));
    }
  }

  void WithValue(std::string_view letter, std::string_view attached) {
    if (!attached.empty()) return Emit(letter[0], letter, attached);
    if (at_ + 1 == arguments_.size()) return Emit(letter[0], "", std::nullopt);
    Emit(letter[0], letter, arguments_[++at_].string());
  }

  void Emit(char letter, std::string_view name, std::optional<std::string_view> value) {
    if (only_ != '\0') {
      if (letter == only_) last_ = value.value_or(name);
      return;
    }
    out_.Add(Value::String(name));
    if (value) out_.Add(Value::String(*value));
  }

  const Values& arguments_;
  const OptionTable table_;
  const char only_;
  Values& out_;
  size_t at_ = 0;
  std::optional<std::string_view> last_;  // of only_
};

}  // namespace

void ScanOptions(const Values& arguments, std::string_view options, char only, Values& out) {
  Scan(arguments, options, only, out).Run();
}

}  // namespace vedette
