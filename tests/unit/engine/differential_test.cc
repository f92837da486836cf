// SPDX-License-Identifier: Apache-2.0
//
// The compiled evaluator specialises, reorders, shares, remembers and indexes. PlainEvaluator does nothing of that:
// both have to agree, on a million pairs of a random rule and a random event, over all operators, types, transformers,
// modifiers, NULL, lists, macros, fields of several values and fields on the right. A failure prints the seed of its
// round, the condition and the event; VEDETTE_DIFFERENTIAL_SEED=N repeats that round alone.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>

#include "engine/evaluator.h"
#include "rules/mapped_text.h"
#include "rules/parser.h"
#include "tests/unit/engine/plain_evaluator.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

constexpr size_t kWholeRun = 1'000'000;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kPairs = 50'000;  // ten to twenty times slower there
#else
constexpr size_t kPairs = kWholeRun;
#endif

using Words = std::vector<std::string>;

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

// A condition twice: as a rule writes it, and with its lists' items in place of their names.
struct Text {
  std::string written, expanded;
  std::set<std::string> of;  // operators, transformers and the like of a single check
};

Text operator+(const Text& a, const Text& b) { return {a.written + b.written, a.expanded + b.expanded, {}}; }
Text Same(const std::string& s) { return {s, s, {}}; }

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {
    for (int i = 0; i < 4; ++i) {
      Words items;
      for (size_t n = random_() % 4; n > 0; --n) items.push_back(Pick({"cat", "dog", "/a", "/a/b", "-t"}));
      lists_.push_back(std::move(items));
    }
    for (int i = 0; i < 4; ++i) macros_.push_back(Condition(2));
  }

  std::string Definitions() const {
    std::string out;
    for (size_t i = 0; i < lists_.size(); ++i)
      out += fmt::format("- list: list{}\n  items: [{}]\n", i, Joined(lists_[i]));
    for (size_t i = 0; i < macros_.size(); ++i) {
      out += fmt::format("- macro: macro{}\n  condition: '{}'\n", i, Doubled(macros_[i].written));
    }
    return out;
  }
  const std::vector<Text>& macros() const { return macros_; }

  Text Condition(int depth) {
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

  // What the index of rules finds them by.
  Text Demand() {
    return Same("fd.name " + Pick({"=", "startswith", "endswith"}) + " " +
                Pick({"/a", "/a/b", "/a/b/c", "/b/c", "c", "cat"}));
  }

  Text Check() {
    constexpr Text (Generator::*kKinds[])() = {
        &Generator::TextCheck,    &Generator::TextCheck,    &Generator::PatternCheck, &Generator::ListCheck,
        &Generator::NumberCheck,  &Generator::NumberCheck,  &Generator::PortCheck,    &Generator::BoolCheck,
        &Generator::AddressCheck, &Generator::SeveralCheck, &Generator::TypeCheck,    &Generator::RightCheck,
        &Generator::RightCheck,   &Generator::OptionCheck,  &Generator::ExistsCheck};
    of_.clear();
    Text out = (this->*kKinds[random_() % std::size(kKinds)])();
    out.of = of_;
    return out;
  }

  std::string Event() {
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

 private:
  const std::string& Pick(const Words& words) { return words[random_() % words.size()]; }
  static std::string Joined(const Words& words) {
    std::string out;
    for (const std::string& w : words) out += (out.empty() ? "" : ", ") + w;
    return out;
  }
  static std::string Doubled(const std::string& s) {
    std::string out;
    for (char c : s) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out;
  }
  const std::string& Tag(const std::string& tag) { return *of_.insert(tag).first; }

  // A field of text, at times transformed.
  std::string TextField() {
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

  Text Values(const Words& words) {
    Words written, expanded;
    for (size_t n = random_() % 4; n > 0; --n) {
      const std::string word = Pick(words);
      written.push_back(word);
      expanded.push_back(word);
    }
    return {"(" + Joined(written) + ")", "(" + Joined(expanded) + ")", {}};
  }
  // Texts and a list's name among them.
  Text ListValues() {
    if (random_() % 3 != 0) return Values(kTexts);
    Tag("list");
    const size_t list = random_() % lists_.size();
    const std::string word = Pick({"cat", "dog"});
    Words expanded = lists_[list];
    expanded.push_back(word);
    return {fmt::format("(list{}, {})", list, word), "(" + Joined(expanded) + ")", {}};
  }
  Text OneOrModified(const std::string& op, const Words& words) {
    Tag(op);
    if (random_() % 3 != 0) return Same(" " + op + " " + Pick(words));
    const std::string modifier = Tag(Pick({"anyof", "allof", "oneof"}));
    return Same(" " + op + " " + modifier + " ") + Values(words);
  }

  Text TextCheck() {
    const std::string field = TextField();
    if (random_() % 6 == 0)
      return Same("len(" + Pick(kTextFields) + ") " + Tag(Pick({"<", ">=", "="})) + " " + Pick({"0", "3", "4"}));
    if (random_() % 6 == 0) return Same(field + " in ") + (Tag("in"), ListValues());
    return Same(field) + OneOrModified(Pick(kTextOperators), kTexts);
  }
  Text PatternCheck() {
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
  Text ListCheck() {
    if (random_() % 2 == 0) return Same(TextField() + " pmatch ") + (Tag("pmatch"), Values(kPaths));
    const std::string op = Tag(Pick({"in", "intersects"}));
    return Same(TextField() + " " + op + " ") + ListValues();
  }
  Text NumberCheck() {
    const std::string field = Pick(kNumberFields);
    if (random_() % 4 == 0) return Same(field + " in ") + Values(kNumbers);
    return Same(field + " " + Tag(Pick({"=", "!=", "<", "<=", ">", ">="})) + " " + Pick(kNumbers));
  }
  Text PortCheck() {
    Tag("port");
    const Words ports = {"22", "ssh", "80", "https"};
    const std::string field = Pick({"fd.sport", "fd.cport", "fd.port"});
    if (random_() % 3 == 0) return Same(field + " in ") + Values(ports);
    return Same(field + " " + Pick({"=", "!="}) + " " + Pick(ports));
  }
  Text BoolCheck() {
    Tag("bool");
    return Same(Pick(kBoolFields) + " " + Pick({"=", "!="}) + " " + Pick({"true", "false"}));
  }
  Text AddressCheck() {
    const bool net = random_() % 2 == 0;
    Tag(net ? "network" : "address");
    const std::string field = net ? Pick({"fd.snet", "fd.net"}) : Pick({"fd.sip", "fd.cip", "fd.ip"});
    const Words& values = net ? kNetworks : kAddresses;
    if (random_() % 3 == 0) return Same(field + " " + Pick({"in", "intersects"}) + " ") + Values(values);
    return Same(field) + OneOrModified(Pick({"=", "!="}), values);
  }
  Text SeveralCheck() {
    Tag("several");
    if (random_() % 3 == 0) return Same("proc.apid " + Pick({"=", "!=", "<"}) + " " + Pick(kNumbers));
    const std::string field =
        Pick({"proc.aname", "proc.aname", "proc.aname[1]", "proc.aname[2]", "tolower(proc.aname[1])"});
    if (random_() % 3 == 0) return Same(field + " in ") + Values({"cat", "dog"});
    return Same(field) + OneOrModified(Pick(kTextOperators), {"cat", "dog", "CAT"});
  }
  Text TypeCheck() {
    Tag("evt.type");
    if (random_() % 2 == 0) return Same("evt.type in ") + Values(kTypes);
    return Same("evt.type " + Pick({"=", "!="}) + " " + Pick(kTypes));
  }
  Text ExistsCheck() { return Same(Pick({TextField(), Pick(kNumberFields), "proc.aname"}) + " " + Tag("exists")); }

  Text RightCheck() {
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
  Text OptionCheck() {
    Tag("getopt");
    const std::string call = fmt::format("getopt(({}, \"{}\", {}), \"{}\")", Pick(kTextFields),
                                         Pick({"-n", "-tval", "x", "--"}), Pick(kTextFields), Pick(kOptions));
    if (random_() % 4 == 0) return Same("len(" + call + ") " + Pick({"<", "=", ">"}) + " 2");
    if (random_() % 3 == 0)
      return Same(call + "[" + Pick({"n", "t"}) + "]") + OneOrModified(Pick(kTextOperators), {"n", "t", "cat"});
    return Same(call + " " + Tag("getopt " + Pick({"in", "intersects"})).substr(7) + " ") +
           Values({"n", "t", "cat", "\"?\"", "val", "\"\""});
  }

  std::mt19937_64 random_;
  std::vector<Words> lists_;
  std::vector<Text> macros_;
  std::set<std::string> of_;
};

ExprPtr Parse(const std::string& condition) {
  static Sources sources = [] {
    Sources s;
    s.Add("condition", "");
    return s;
  }();
  MappedText text;
  text.AppendSynthetic(condition, {});
  Diagnostics diagnostics(&sources);
  ExprPtr parsed = ParseCondition(text, diagnostics);
  for (const Diagnostic& d : diagnostics.Take()) ADD_FAILURE() << condition << ": " << d.message;
  return parsed;
}

// What single checks came to, by what is in them: both answers have to occur.
struct Answers {
  size_t yes = 0, no = 0;
};

class Round {
 public:
  Round(uint64_t seed, std::map<std::string, Answers>* answers)
      : seed_(seed), generator_(seed), answers_(*answers), rules_count_(seed % 5 == 0 ? 8 : 100) {
    for (size_t i = 0; i < generator_.macros().size(); ++i) {
      macros_["macro" + std::to_string(i)] = Parse(generator_.macros()[i].expanded);
    }
    std::string yaml = generator_.Definitions();
    for (size_t i = 0; i < rules_count_; ++i) {
      texts_.push_back(i % 4 == 0 ? generator_.Check() : generator_.Condition(3));
      if (seed % 3 == 0) texts_.back() = generator_.Demand() + Same(" and ") + texts_.back();
      conditions_.push_back(Parse(texts_.back().expanded));
      yaml += RuleText(texts_.back().written, "", "r" + std::to_string(i));
    }
    rules_ = RulesFrom(yaml);
  }

  // The number of pairs; 0 after a disagreement.
  size_t Run() {
    if (rules_->rules.size() != rules_count_) {
      ADD_FAILURE() << "seed " << seed_ << ": the rules do not load";
      return 0;
    }
    const Program program(rules_, Priority::kDebug);
    Evaluator evaluator(program);
    constexpr size_t kEvents = 60;
    for (size_t e = 0; e < kEvents; ++e) {
      const std::string text = generator_.Event();
      const SyntheticEvent event = EventFrom(text);
      if (!Agree(program, evaluator, event.event(), text)) return 0;
    }
    return kEvents * rules_count_;
  }

 private:
  bool Agree(const Program& program, Evaluator& evaluator, const Event& event, const std::string& text) {
    std::vector<bool> matched(rules_count_);
    evaluator.Start(event);
    for (uint32_t at : evaluator.Matches()) matched[program.RulesOf(event.type).rules[at].rule] = true;
    const PlainEvaluator plain(event);
    for (size_t i = 0; i < rules_count_; ++i) {
      const bool expected = plain.Holds(*conditions_[i], macros_);
      for (const std::string& of : texts_[i].of) ++(expected ? answers_[of].yes : answers_[of].no);
      if (matched[i] == expected) continue;
      ADD_FAILURE() << "seed " << seed_ << ": the compiled condition is " << (matched[i] ? "true" : "false")
                    << "\n  condition: " << texts_[i].written << "\n  expanded:  " << rules_->rules[i].condition
                    << "\n  event:     " << text << "\n"
                    << generator_.Definitions();
      return false;
    }
    return true;
  }

  uint64_t seed_;
  Generator generator_;
  std::map<std::string, Answers>& answers_;
  const size_t rules_count_;
  std::vector<Text> texts_;
  std::vector<ExprPtr> conditions_;
  PlainEvaluator::Macros macros_;
  std::shared_ptr<const RuleSet> rules_;
};

TEST(Differential, TheCompiledEvaluatorAgreesWithThePlainOne) {
  std::map<std::string, Answers> answers;
  if (const char* seed = std::getenv("VEDETTE_DIFFERENTIAL_SEED")) {
    Round(std::strtoull(seed, nullptr, 10), &answers).Run();
    return;
  }
  size_t pairs = 0;
  for (uint64_t seed = 1; pairs < kPairs; ++seed) {
    const size_t done = Round(seed, &answers).Run();
    ASSERT_GT(done, 0u);
    pairs += done;
  }
  if (pairs < kWholeRun) return;  // too few for everything to come up
  // 19 operators less the two for buffers, which no field has; on the right; transformers; modifiers; types.
  EXPECT_EQ(answers.size(), 47u);
  for (const auto& [of, answer] : answers) {
    EXPECT_GT(answer.yes, 0u) << of;
    EXPECT_GT(answer.no, 0u) << of;
  }
}

}  // namespace
}  // namespace vedette
