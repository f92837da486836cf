// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/engine/rule_generator.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace vedette {
namespace {

using Words = RuleGenerator::Words;

const Words kTexts = {"cat",  "CAT", "dog", "c*t", "/a",   "/a/b", "/a/b/c",
                      "/b/c", "-nt", "-t",  "--",  "Y2F0", "''",   "'a b'"};
const Words kTextFields = {"proc.name", "proc.pname",   "proc.cmdline",  "fd.nameraw",
                           "fd.name",   "proc.exepath", "evt.arg.flags", "user.name"};
const Words kNumberFields = {"fd.num", "user.uid", "proc.pid", "proc.ppid"};
const Words kNumbers = {"-1", "0", "1", "5", "22", "0x16", "443"};
const Words kPortFields = {"fd.sport", "fd.cport"};
const Words kBoolFields = {"evt.is_open_write", "proc.is_exe_upper_layer"};
const Words kAddressFields = {"fd.sip", "fd.cip", "fd.lip"};
const Words kAddresses = {"10.0.0.1", "10.0.0.2", "192.168.1.1", "2001:db8::1", "::ffff:10.0.0.1"};
const Words kNetworks = {"10.0.0.0/8",    "10.0.0.0/31", "192.168.1.1",
                         "2001:db8::/32", "0.0.0.0/0",   "::ffff:10.0.0.0/104"};
const Words kTypes = {"openat", "open", "connect", "execve"};
const Words kTextOperators = {"=", "!=", "contains", "icontains", "startswith", "endswith"};
const Words kGlobs = {"/a/*", "*b", "c?t", "[cd]*", "/a*c", "[!c]at", "C?T"};
const Words kRegexes = {"c.t", "/a.*", "[a-z]+", "cat|dog", "/(a|b)(/.*)?", ".*"};
const Words kPaths = {"/a", "/a/b", "/a/*", "/b", "b/c", "/?/[bc]"};
const Words kOptions = {"nt", "n:t", "nt:", ":t:", ""};

using Text = ConditionText;

Text operator+(const Text& a, const Text& b) { return {a.written + b.written, a.expanded + b.expanded, {}}; }
Text Same(const std::string& s) { return {s, s, {}}; }

}  // namespace

RuleGenerator::RuleGenerator(std::function<uint64_t()> random) : random_(std::move(random)) {
  for (int i = 0; i < 4; ++i) {
    Words items;
    for (size_t n = random_() % 4; n > 0; --n) items.push_back(Pick({"cat", "dog", "/a", "/a/b", "-t"}));
    lists_.push_back(std::move(items));
  }
  for (int i = 0; i < 4; ++i) macros_.push_back(Condition(2));
}

std::string RuleGenerator::Definitions() const {
  std::string out;
  for (size_t i = 0; i < lists_.size(); ++i)
    out += fmt::format("- list: list{}\n  items: [{}]\n", i, Joined(lists_[i]));
  for (size_t i = 0; i < macros_.size(); ++i) {
    out += fmt::format("- macro: macro{}\n  condition: '{}'\n", i, Doubled(macros_[i].written));
  }
  return out;
}

ConditionText RuleGenerator::Condition(int depth) {
  if (depth == 0 || random_() % 5 == 0) {
    if (!macros_.empty() && random_() % 6 == 0) return Same(fmt::format("macro{}", random_() % macros_.size()));
    return Check();
  }
  const Text a = Condition(depth - 1), b = Condition(depth - 1);
  switch (random_() % 5) {
    case 0:
      return Same("not (") + a + Same(")");
    case 1:
    case 2:
      return Same("(") + a + Same(" or ") + b + Same(")");
    default:
      return Same("(") + a + Same(" and ") + b + Same(")");
  }
}

ConditionText RuleGenerator::Indexed(const Text& condition) {
  return Same("fd.name " + Pick({"=", "startswith", "endswith"}) + " " +
              Pick({"/a", "/a/b", "/a/b/c", "/b/c", "c", "cat"}) + " and ") +
         condition;
}

ConditionText RuleGenerator::Check() {
  constexpr Text (RuleGenerator::*kKinds[])() = {
      &RuleGenerator::TextCheck,    &RuleGenerator::TextCheck,   &RuleGenerator::PatternCheck,
      &RuleGenerator::ListCheck,    &RuleGenerator::NumberCheck, &RuleGenerator::NumberCheck,
      &RuleGenerator::PortCheck,    &RuleGenerator::BoolCheck,   &RuleGenerator::AddressCheck,
      &RuleGenerator::SeveralCheck, &RuleGenerator::TypeCheck,   &RuleGenerator::RightCheck,
      &RuleGenerator::RightCheck,   &RuleGenerator::OptionCheck, &RuleGenerator::ExistsCheck};
  of_.clear();
  Text out = (this->*kKinds[random_() % std::size(kKinds)])();
  out.of = of_;
  return out;
}

std::string RuleGenerator::Event() {
  std::string out = "evt.type=" + Pick(kTypes);
  auto maybe = [&](const Words& fields, const Words& values) {
    for (const std::string& field : fields) {
      if (random_() % 4 != 0) out += " " + field + "=" + Pick(values);
    }
  };
  maybe(kTextFields, kTexts);
  maybe(kNumberFields, {"-1", "0", "1", "5", "22"});
  maybe(kPortFields, {"22", "80", "443"});
  maybe(kBoolFields, {"true", "false"});
  maybe(kAddressFields, kAddresses);
  maybe({"fd.snet"}, kAddresses);
  for (const char* field : {"fd.ip", "fd.net"}) {
    for (size_t n = random_() % 3; n > 0; --n) maybe({field}, kAddresses);
  }
  for (size_t n = random_() % 3; n > 0; --n) maybe({"fd.port"}, {"22", "80", "443"});
  for (size_t n = random_() % 4; n > 0; --n) maybe({"proc.aname"}, {"cat", "dog", "CAT"});
  for (size_t n = random_() % 4; n > 0; --n) maybe({"proc.apid"}, {"1", "5", "22"});
  return out;
}

const std::string& RuleGenerator::Pick(const Words& words) { return words[random_() % words.size()]; }

std::string RuleGenerator::Joined(const Words& words) {
  std::string out;
  for (const std::string& w : words) out += (out.empty() ? "" : ", ") + w;
  return out;
}

std::string RuleGenerator::Doubled(const std::string& s) {
  std::string out;
  for (char c : s) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out;
}

const std::string& RuleGenerator::Tag(const std::string& tag) { return *of_.insert(tag).first; }

// A field of text, at times transformed.
std::string RuleGenerator::TextField() {
  const std::string field = Pick(kTextFields);
  switch (random_() % 8) {
    case 0: {
      const std::string transformer = Tag(Pick({"tolower", "toupper", "basename", "b64"}));
      return transformer + "(" + field + ")";
    }
    case 1:
      Tag("concat");
      return fmt::format("concat({}, \"{}\", {})", field, Pick({":", "", "/b"}), Pick(kTextFields));
    case 2:
      Tag("join");
      return fmt::format("join(\"{}\", ({}, tolower({}), \"x\"))", Pick({",", "", "/"}), field, Pick(kTextFields));
    default:
      return field;
  }
}

ConditionText RuleGenerator::Values(const Words& words) {
  Words written, expanded;
  for (size_t n = random_() % 4; n > 0; --n) {
    const std::string word = Pick(words);
    written.push_back(word);
    expanded.push_back(word);
  }
  return {"(" + Joined(written) + ")", "(" + Joined(expanded) + ")", {}};
}

// Texts and a list's name among them.
ConditionText RuleGenerator::ListValues() {
  if (random_() % 3 != 0) return Values(kTexts);
  Tag("list");
  const size_t list = random_() % lists_.size();
  const std::string word = Pick({"cat", "dog"});
  Words expanded = lists_[list];
  expanded.push_back(word);
  return {fmt::format("(list{}, {})", list, word), "(" + Joined(expanded) + ")", {}};
}

ConditionText RuleGenerator::OneOrModified(const std::string& op, const Words& words) {
  Tag(op);
  if (random_() % 3 != 0) return Same(" " + op + " " + Pick(words));
  const std::string modifier = Tag(Pick({"anyof", "allof", "oneof"}));
  return Same(" " + op + " " + modifier + " ") + Values(words);
}

ConditionText RuleGenerator::TextCheck() {
  const std::string field = TextField();
  if (random_() % 6 == 0)
    return Same("len(" + Pick(kTextFields) + ") " + Tag(Pick({"<", ">=", "="})) + " " + Pick({"0", "3", "4"}));
  if (random_() % 6 == 0) return Same(field + " in ") + (Tag("in"), ListValues());
  return Same(field) + OneOrModified(Pick(kTextOperators), kTexts);
}

ConditionText RuleGenerator::PatternCheck() {
  auto quoted = [](const Words& words) {
    Words out;
    for (const std::string& w : words) out.push_back("\"" + w + "\"");
    return out;
  };
  const std::string field = TextField();
  switch (random_() % 3) {
    case 0:
      // Not what b64() made: RE2 reads UTF-8 (as Falco's does), regexec(3) bytes.
      return Same(Pick(kTextFields)) + OneOrModified("regex", quoted(kRegexes));
    case 1:
      return Same(field) + OneOrModified("iglob", quoted(kGlobs));
    default:
      return Same(field) + OneOrModified("glob", quoted(kGlobs));
  }
}

ConditionText RuleGenerator::ListCheck() {
  if (random_() % 2 == 0) return Same(TextField() + " pmatch ") + (Tag("pmatch"), Values(kPaths));
  const std::string op = Tag(Pick({"in", "intersects"}));
  return Same(TextField() + " " + op + " ") + ListValues();
}

ConditionText RuleGenerator::NumberCheck() {
  const std::string field = Pick(kNumberFields);
  if (random_() % 4 == 0) return Same(field + " in ") + Values(kNumbers);
  return Same(field + " " + Tag(Pick({"=", "!=", "<", "<=", ">", ">="})) + " " + Pick(kNumbers));
}

ConditionText RuleGenerator::PortCheck() {
  Tag("port");
  const Words ports = {"22", "ssh", "80", "https"};
  const std::string field = Pick({"fd.sport", "fd.cport", "fd.port"});
  if (random_() % 3 == 0) return Same(field + " in ") + Values(ports);
  return Same(field + " " + Pick({"=", "!="}) + " " + Pick(ports));
}

ConditionText RuleGenerator::BoolCheck() {
  Tag("bool");
  return Same(Pick(kBoolFields) + " " + Pick({"=", "!="}) + " " + Pick({"true", "false"}));
}

ConditionText RuleGenerator::AddressCheck() {
  const bool net = random_() % 2 == 0;
  Tag(net ? "network" : "address");
  const std::string field = net ? Pick({"fd.snet", "fd.net"}) : Pick({"fd.sip", "fd.cip", "fd.ip"});
  const Words& values = net ? kNetworks : kAddresses;
  if (random_() % 3 == 0) return Same(field + " " + Pick({"in", "intersects"}) + " ") + Values(values);
  return Same(field) + OneOrModified(Pick({"=", "!="}), values);
}

ConditionText RuleGenerator::SeveralCheck() {
  Tag("several");
  if (random_() % 3 == 0) return Same("proc.apid " + Pick({"=", "!=", "<"}) + " " + Pick(kNumbers));
  const std::string field =
      Pick({"proc.aname", "proc.aname", "proc.aname[1]", "proc.aname[2]", "tolower(proc.aname[1])"});
  if (random_() % 3 == 0) return Same(field + " in ") + Values({"cat", "dog"});
  return Same(field) + OneOrModified(Pick(kTextOperators), {"cat", "dog", "CAT"});
}

ConditionText RuleGenerator::TypeCheck() {
  Tag("evt.type");
  if (random_() % 2 == 0) return Same("evt.type in ") + Values(kTypes);
  return Same("evt.type " + Pick({"=", "!="}) + " " + Pick(kTypes));
}

ConditionText RuleGenerator::ExistsCheck() {
  return Same(Pick({TextField(), Pick(kNumberFields), "proc.aname"}) + " " + Tag("exists"));
}

ConditionText RuleGenerator::RightCheck() {
  Tag("right");
  switch (random_() % 6) {
    case 0:
      return Same(Pick(kNumberFields) + " " + Tag(Pick({"=", "!=", "<", "<=", ">", ">=", "in"})) + " val(" +
                  Pick(kNumberFields) + ")");
    case 1:
      return Same(Pick(kNumberFields) + " " + Pick({"=", "<"}) + " len(" + Pick(kTextFields) + ")");
    case 2:
      return Same("fd.sip " + Pick({"=", "!=", "in"}) + " val(fd.cip)");
    case 3:
      return Same("evt.is_open_write " + Pick({"=", "!="}) + " val(proc.is_exe_upper_layer)");
    default:
      break;
  }
  const std::string op = Tag("right " + Pick({"=", "!=", "contains", "icontains", "startswith", "endswith", "glob",
                                              "iglob", "in", "intersects"}));
  const std::string right =
      random_() % 2 == 0 ? "val(" + Pick(kTextFields) + ")" : "tolower(" + Pick(kTextFields) + ")";
  return Same(TextField() + op.substr(5) + " " + right);
}

ConditionText RuleGenerator::OptionCheck() {
  Tag("getopt");
  const std::string call = fmt::format("getopt(({}, \"{}\", {}), \"{}\")", Pick(kTextFields),
                                       Pick({"-n", "-tval", "x", "--"}), Pick(kTextFields), Pick(kOptions));
  if (random_() % 4 == 0) return Same("len(" + call + ") " + Pick({"<", "=", ">"}) + " 2");
  if (random_() % 3 == 0)
    return Same(call + "[" + Pick({"n", "t"}) + "]") + OneOrModified(Pick(kTextOperators), {"n", "t", "cat"});
  return Same(call + " " + Tag("getopt " + Pick({"in", "intersects"})).substr(7) + " ") +
         Values({"n", "t", "cat", "\"?\"", "val", "\"\""});
}

}  // namespace vedette
