// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/plain_evaluator.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <regex.h>
#include <strings.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "sensor/event/field.h"

namespace vedette {
namespace {

using Item = std::variant<bool, int64_t, std::string, IpAddress>;

// ---- texts ----

std::string Lower(std::string s) {
  for (char& c : s) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return s;
}
std::string Upper(std::string s) {
  for (char& c : s) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return s;
}

bool GlobHolds(const std::string& text, const std::string& pattern, int flags) {
  return fnmatch(pattern.c_str(), text.c_str(), flags) == 0;
}

struct FreeRegex {
  void operator()(regex_t* regex) const {
    regfree(regex);
    delete regex;
  }
};

bool RegexHolds(const std::string& text, const std::string& pattern) {
  static std::map<std::string, std::unique_ptr<regex_t, FreeRegex>> compiled;
  std::unique_ptr<regex_t, FreeRegex>& regex = compiled[pattern];
  if (regex == nullptr) {
    regex.reset(new regex_t());
    if (regcomp(regex.get(), ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0) std::abort();
  }
  return regexec(regex.get(), text.c_str(), 0, nullptr, 0) == 0;
}

std::vector<std::string> Components(const std::string& path) {
  std::vector<std::string> out;
  std::string part;
  for (char c : path + "/") {
    if (c != '/') {
      part += c;
    } else if (!part.empty()) {
      out.push_back(std::move(part));
      part.clear();
    }
  }
  return out;
}

// The pattern's components match the first ones of the path.
bool PathHolds(const std::string& path, const std::string& pattern) {
  std::vector<std::string> have = Components(path), want = Components(pattern);
  if (want.size() > have.size()) return false;
  for (size_t i = 0; i < want.size(); ++i) {
    if (!GlobHolds(have[i], want[i], 0)) return false;
  }
  return true;
}

bool TextsHold(Operator op, const std::string& l, const std::string& r) {
  switch (op) {
    case Operator::kEqual:
    case Operator::kIn:
    case Operator::kIntersects:
      return l == r;
    case Operator::kNotEqual:
      return l != r;
    case Operator::kLess:
      return l < r;
    case Operator::kLessEqual:
      return l <= r;
    case Operator::kGreater:
      return l > r;
    case Operator::kGreaterEqual:
      return l >= r;
    case Operator::kContains:
    case Operator::kBContains:
      return l.find(r) != std::string::npos;
    case Operator::kIContains:
      return Lower(l).find(Lower(r)) != std::string::npos;
    case Operator::kStartsWith:
    case Operator::kBStartsWith:
      return l.substr(0, r.size()) == r;
    case Operator::kEndsWith:
      return l.size() >= r.size() && l.substr(l.size() - r.size()) == r;
    case Operator::kGlob:
      return GlobHolds(l, r, 0);
    case Operator::kIGlob:
      return GlobHolds(l, r, FNM_CASEFOLD);
    case Operator::kRegex:
      return RegexHolds(l, r);
    case Operator::kPmatch:
      return PathHolds(l, r);
    case Operator::kExists:
      return true;
  }
  return false;
}

// ---- numbers and addresses ----

bool NumbersHold(Operator op, int64_t l, int64_t r) {
  switch (op) {
    case Operator::kNotEqual:
      return l != r;
    case Operator::kLess:
      return l < r;
    case Operator::kLessEqual:
      return l <= r;
    case Operator::kGreater:
      return l > r;
    case Operator::kGreaterEqual:
      return l >= r;
    default:
      return l == r;
  }
}

// Bit by bit, most significant first.
std::string RawBits(const IpAddress& a) {
  std::string out;
  for (size_t i = 0; i < (a.v6 ? 128u : 32u); ++i) out += (a.bytes[i / 8] >> (7 - i % 8) & 1) != 0 ? '1' : '0';
  return out;
}

// ::ffff:a.b.c.d is a.b.c.d.
constexpr size_t kMappedBits = 96;
bool IsMapped(const std::string& bits) {
  return bits.size() == 128 && bits.starts_with(std::string(80, '0') + std::string(16, '1'));
}
std::string Bits(const IpAddress& a) {
  const std::string raw = RawBits(a);
  return IsMapped(raw) ? raw.substr(kMappedBits) : raw;
}

IpAddress ParseIp(const std::string& text) {
  IpAddress out;
  out.v6 = text.find(':') != std::string::npos;
  if (inet_pton(out.v6 ? AF_INET6 : AF_INET, text.c_str(), out.bytes.data()) != 1) std::abort();
  return out;
}

bool InNetwork(const IpAddress& address, const std::string& network) {
  const size_t slash = network.find('/');
  std::string have = Bits(address), want = RawBits(ParseIp(network.substr(0, slash)));
  size_t bits = slash == std::string::npos ? want.size() : std::stoul(network.substr(slash + 1));
  if (IsMapped(want) && bits >= kMappedBits) {
    want = want.substr(kMappedBits);
    bits -= kMappedBits;
  }
  return have.size() == want.size() && have.substr(0, bits) == want.substr(0, bits);
}

int64_t ParseInteger(const std::string& text) {
  static const std::map<std::string, int64_t> services = {{"ssh", 22}, {"http", 80}, {"https", 443}};
  auto service = services.find(text);
  if (service != services.end()) return service->second;
  return std::strtoll(text.c_str(), nullptr, text.starts_with("0x") ? 16 : 10);
}

bool LiteralHolds(Operator op, const Item& left, const std::string& text) {
  if (const auto* s = std::get_if<std::string>(&left)) return TextsHold(op, *s, text);
  if (const auto* n = std::get_if<int64_t>(&left)) return NumbersHold(op, *n, ParseInteger(text));
  if (const auto* b = std::get_if<bool>(&left)) return NumbersHold(op, *b ? 1 : 0, text == "true" ? 1 : 0);
  return InNetwork(std::get<IpAddress>(left), text) != (op == Operator::kNotEqual);
}

bool ItemsHold(Operator op, const Item& left, const Item& right) {
  if (const auto* s = std::get_if<std::string>(&left)) return TextsHold(op, *s, std::get<std::string>(right));
  if (const auto* n = std::get_if<int64_t>(&left)) return NumbersHold(op, *n, std::get<int64_t>(right));
  if (const auto* b = std::get_if<bool>(&left)) return NumbersHold(op, *b ? 1 : 0, std::get<bool>(right) ? 1 : 0);
  const bool equal = Bits(std::get<IpAddress>(left)) == Bits(std::get<IpAddress>(right));
  return equal != (op == Operator::kNotEqual);
}

// ---- transformers ----

// A string of six-bit digits as its bits, eight at a time.
std::optional<std::string> Base64(const std::string& text) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string stripped = text.substr(0, text.find_last_not_of('=') + 1);
  if (stripped.size() % 4 == 1) return std::nullopt;
  std::string bits, out;
  for (char c : stripped) {
    const size_t digit = digits.find(c);
    if (digit == std::string::npos) return std::nullopt;
    for (int i = 5; i >= 0; --i) bits += (digit >> i & 1) != 0 ? '1' : '0';
  }
  for (size_t i = 0; i + 8 <= bits.size(); i += 8) {
    out += static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
  }
  return out;
}

std::optional<Item> Transform(const std::string& name, const std::string& text) {
  if (name == "tolower") return Lower(text);
  if (name == "toupper") return Upper(text);
  if (name == "basename") return text.substr(text.rfind('/') + 1);
  if (name == "len") return static_cast<int64_t>(text.size());
  if (auto decoded = Base64(text)) return *decoded;
  return std::nullopt;
}

// getopt(3) over words, without long options.
std::vector<Item> Options(const std::vector<Item>& words, const std::string& options, const std::string& only) {
  std::vector<Item> out;
  for (size_t w = 0; w < words.size(); ++w) {
    const std::string word = std::get<std::string>(words[w]);
    if (word.size() > 2 && word.substr(0, 2) == "--") continue;
    if (word.size() < 2 || word[0] != '-' || word == "--") break;
    for (size_t i = 1; i < word.size(); ++i) {
      const std::string letter(1, word[i]);
      const size_t at = word[i] == ':' ? std::string::npos : options.find(letter);
      const bool wanted = only.empty() || letter == only;
      std::vector<Item> found;
      if (at == std::string::npos) {
        if (only.empty()) out.emplace_back("?");
        continue;
      }
      const bool takes_value = at + 1 < options.size() && options[at + 1] == ':';
      if (!takes_value) {
        found = {letter};
      } else if (i + 1 < word.size()) {
        found = {letter, word.substr(i + 1)};
      } else if (w + 1 < words.size()) {
        found = {letter, words[++w]};
      } else {
        found = {std::string()};
      }
      if (!only.empty() && wanted) out = {found.back()};
      if (only.empty()) out.insert(out.end(), found.begin(), found.end());
      if (takes_value) break;
    }
  }
  return out;
}

}  // namespace

bool PlainEvaluator::Holds(const Expr& expr, const Macros& macros) const {
  switch (expr.kind) {
    case Expr::Kind::kAnd:
      for (const ExprPtr& child : expr.children) {
        if (!Holds(*child, macros)) return false;
      }
      return true;
    case Expr::Kind::kOr:
      for (const ExprPtr& child : expr.children) {
        if (Holds(*child, macros)) return true;
      }
      return false;
    case Expr::Kind::kNot:
      return !Holds(*expr.children[0], macros);
    case Expr::Kind::kMacro:
      return Holds(*macros.at(expr.macro), macros);
    case Expr::Kind::kCheck:
      return Check(expr.check);
  }
  return false;
}

bool PlainEvaluator::Check(const CheckExpr& check) const {
  const Data left = Read(check.field);
  if (left.items.empty()) return false;
  if (check.op == Operator::kExists) return true;
  if (check.right) return OverLeft(check.op, left, Read(*check.right).items);
  std::vector<std::string> texts;
  for (const ValueExpr& value : check.values) texts.push_back(value.text);
  if (check.modifier == Modifier::kNone) return OverLiterals(check, left, texts);
  size_t holds = 0;
  for (const std::string& text : texts) holds += OverLiterals(check, left, {text}) ? 1 : 0;
  if (check.modifier == Modifier::kAnyOf) return holds > 0;
  if (check.modifier == Modifier::kAllOf) return holds > 0 && holds == texts.size();
  return holds == 1;
}

bool PlainEvaluator::OverLiterals(const CheckExpr& check, const Data& left, const std::vector<std::string>& texts) {
  const bool all = (left.is_list && check.op == Operator::kIn) || (left.both_ends && check.op == Operator::kNotEqual);
  size_t holds = 0;
  for (const Item& item : left.items) {
    holds +=
        std::any_of(texts.begin(), texts.end(), [&](const std::string& t) { return LiteralHolds(check.op, item, t); })
            ? 1
            : 0;
  }
  return all ? holds == left.items.size() : holds > 0;
}

bool PlainEvaluator::OverLeft(Operator op, const Data& left, const std::vector<Item>& right) {
  size_t holds = 0;
  for (const Item& item : left.items) {
    holds += std::any_of(right.begin(), right.end(), [&](const Item& r) { return ItemsHold(op, item, r); }) ? 1 : 0;
  }
  return left.is_list && op == Operator::kIn ? holds == left.items.size() : holds > 0;
}

PlainEvaluator::Data PlainEvaluator::Read(const FieldExpr& field) const {
  switch (field.kind) {
    case FieldExpr::Kind::kField:
      return ReadField(field);
    case FieldExpr::Kind::kText:
      return {{field.name}, false, false};
    case FieldExpr::Kind::kCall:
      return ReadCall(field);
    case FieldExpr::Kind::kList:
      break;
  }
  Data out;
  for (const FieldExpr& argument : field.arguments) {
    const Data value = Read(argument);
    if (value.items.empty()) return {};
    out.items.push_back(value.items[0]);
  }
  return out;
}

PlainEvaluator::Data PlainEvaluator::ReadField(const FieldExpr& field) const {
  const FieldMatch match = FindField(field.name);
  FieldArg arg;
  if (field.argument) {
    arg = {true, static_cast<uint32_t>(std::stoul(*field.argument)), ""};
  } else if (!match.rest.empty()) {
    arg = {true, 0, std::string(match.rest.substr(1))};
  }
  static const auto values = std::make_unique_for_overwrite<Values>();
  Extract(*match.field, arg, event_, *values);
  Data out;
  out.both_ends = field.name == "fd.ip" || field.name == "fd.net" || field.name == "fd.port";
  for (const Value& v : *values) {
    if (v.kind() == Value::Kind::kBool) out.items.emplace_back(v.boolean());
    if (v.kind() == Value::Kind::kNumber) out.items.emplace_back(v.number());
    if (v.kind() == Value::Kind::kString) out.items.emplace_back(std::string(v.string()));
    if (v.kind() == Value::Kind::kAddress) out.items.emplace_back(v.address());
  }
  return out;
}

PlainEvaluator::Data PlainEvaluator::ReadCall(const FieldExpr& field) const {
  std::vector<Data> arguments;
  for (const FieldExpr& argument : field.arguments) {
    arguments.push_back(Read(argument));
    if (arguments.back().items.empty()) return {};
  }
  auto text = [](const Item& item) { return std::get<std::string>(item); };
  Data out;
  if (field.name == "concat") {
    std::string joined;
    for (const Data& argument : arguments) joined += text(argument.items[0]);
    out.items = {joined};
  } else if (field.name == "join") {
    std::string joined;
    for (const Item& item : arguments[1].items) {
      if (&item != arguments[1].items.data()) joined += text(arguments[0].items[0]);
      joined += text(item);
    }
    out.items = {joined};
  } else if (field.name == "getopt") {
    out.items = Options(arguments[0].items, text(arguments[1].items[0]), field.argument.value_or(""));
    out.is_list = !field.argument.has_value();
  } else if (field.name == "len" && arguments[0].is_list) {
    out.items = {static_cast<int64_t>(arguments[0].items.size())};
  } else {
    out.is_list = arguments[0].is_list;
    for (const Item& item : arguments[0].items) {
      if (auto transformed = Transform(field.name, text(item))) out.items.push_back(*transformed);
    }
  }
  return out;
}

}  // namespace vedette
