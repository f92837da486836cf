// SPDX-License-Identifier: Apache-2.0
//
// The projection of a condition: predicates that the tag decides stay; the rest is taken for true, under `not` too, so
// what is left is true whenever the condition is. Constants are folded away.
#include "engine/relevance.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

namespace vedette {
namespace {

// Fields and arguments whose value is a function of what the tag of a kind is mixed of, NULL included.
constexpr std::string_view kOfAnOpen[] = {"evt.abspath",
                                          "evt.is_open_read",
                                          "evt.is_open_write",
                                          "fd.dev",
                                          "fd.dev.major",
                                          "fd.dev.minor",
                                          "fd.directory",
                                          "fd.filename",
                                          "fd.fs.magic",
                                          "fd.fs.name",
                                          "fd.ino",
                                          "fd.inode_type",
                                          "fd.is_deleted",
                                          "fd.mode",
                                          "fd.mount_class",
                                          "fd.name",
                                          "fd.realpath",
                                          "fd.realpath.directory",
                                          "fd.realpath.filename",
                                          "fs.path.name",
                                          "fs.realpath.name"};
constexpr std::string_view kOfASocket[] = {"socket.family", "socket.type"};
constexpr std::string_view kOfAConnect[] = {"fd.l4proto", "fd.rip",      "fd.rnet",       "fd.rport",
                                            "fd.sip",     "fd.snet",     "fd.sockfamily", "fd.sport",
                                            "fd.type",    "fd.typechar", "socket.family", "socket.type"};
// Fields that are NULL in each that has a tag.
constexpr std::string_view kNeverOfAConnect[] = {"socket.path"};  // of an IP address
constexpr std::string_view kArgsOfAnOpen[] = {"flags"};
constexpr std::string_view kArgsOfASocket[] = {"domain", "type", "proto"};

// Types of the kind that have no tag.
constexpr std::string_view kUntaggedOpens[] = {"open_by_handle_at"};

struct TaggedKind {
  EventKind kind;
  std::span<const std::string_view> fields, args, never, untagged;
};
constexpr TaggedKind kTagged[] = {
    {VD_KIND_FILE_OPEN, kOfAnOpen, kArgsOfAnOpen, {}, kUntaggedOpens},
    {VD_KIND_SOCKET, kOfASocket, kArgsOfASocket, {}, {}},
    {VD_KIND_CONNECT, kOfAConnect, {}, kNeverOfAConnect, {}},
};

size_t IndexOf(EventKind kind) {
  const auto* it =
      std::find_if(std::begin(kTagged), std::end(kTagged), [&](const TaggedKind& t) { return t.kind == kind; });
  return static_cast<size_t>(it - std::begin(kTagged));
}

bool IsOfTheTag(const FieldRef& ref, const TaggedKind& tagged) {
  const bool is_arg = ref.field->name == "evt.arg";
  const std::span<const std::string_view> names = is_arg ? tagged.args : tagged.fields;
  return std::find(names.begin(), names.end(), is_arg ? std::string_view(ref.arg.name) : ref.field->name) !=
         names.end();
}

}  // namespace

class RelevanceBuilder {
 public:
  RelevanceBuilder(const Program& program, Relevance& out) : program_(program), rules_(program.rules()), out_(out) {}

  void Build() {
    static_assert(std::size(kTagged) == Relevance::kTaggedKinds);
    for (size_t i = 0; i < std::size(kTagged); ++i) {
      for (const bool container : {false, true}) {
        for (const bool settled : {false, true})
          BuildSide(kTagged[i], container, settled, out_.sides_[i][container ? 1 : 0][settled ? 1 : 0]);
      }
    }
  }

 private:
  void BuildSide(const TaggedKind& tagged, bool container, bool settled, Relevance::Side& side) {
    tagged_ = &tagged;
    container_ = container;
    settled_ = settled;
    memo_.clear();
    for (const Rule& rule : rules_.rules) {
      if (!rule.enabled || !rule.kinds.test(tagged.kind)) continue;
      const uint32_t root = Project(rule.root, false);
      if (root == kTrue) side.unbounded.push_back(rule.name);
      if (root != kTrue && root != kFalse) side.roots.push_back(root);
    }
    side.always = !side.unbounded.empty();
    std::sort(side.roots.begin(), side.roots.end());
    side.roots.erase(std::unique(side.roots.begin(), side.roots.end()), side.roots.end());
  }

  using Kind = Relevance::Operation::Kind;
  static constexpr uint32_t kTrue = ~uint32_t{0}, kFalse = ~uint32_t{1};

  uint32_t Project(uint32_t n, bool negated) {
    auto [it, added] = memo_.try_emplace({n, negated}, kTrue);
    if (!added) return it->second;
    const uint32_t id = ProjectNode(rules_.nodes[n], negated);
    memo_[{n, negated}] = id;
    return id;
  }

  uint32_t ProjectNode(const Node& node, bool negated) {
    switch (node.kind) {
      case Node::Kind::kPredicate:
        return Leaf(node.predicate, negated);
      case Node::Kind::kNot:
        return Project(node.children.front(), !negated);
      case Node::Kind::kAnd:
        return Junction(node, negated, negated ? Kind::kOr : Kind::kAnd);
      case Node::Kind::kOr:
        return Junction(node, negated, negated ? Kind::kAnd : Kind::kOr);
    }
    return kTrue;
  }

  uint32_t Leaf(uint32_t predicate, bool negated) {
    const Predicate& p = rules_.predicates[predicate];
    if (p.right || p.field.call != nullptr) return kTrue;
    if (const std::optional<bool> constant = Constant(p, predicate)) return *constant != negated ? kTrue : kFalse;
    if (!IsOfTheTag(p.field, *tagged_) && !(settled_ && p.field.field->name == "proc.profile")) return kTrue;
    return Add({negated ? Kind::kNotTest : Kind::kTest, 0, 0, predicate}, {});
  }

  std::optional<bool> Constant(const Predicate& p, uint32_t predicate) const {
    const bool never =
        std::find(tagged_->never.begin(), tagged_->never.end(), p.field.field->name) != tagged_->never.end();
    if (!p.field.field->kinds[tagged_->kind] || never || IsNever(p)) return false;  // NULL, whatever the operator
    if (IsTypeTest(p)) return OfTheType(p, predicate);
    if (p.field.field->name != "container.id" || !p.field.transformers.empty()) return std::nullopt;
    if (!container_) return program_.tests()[predicate].matcher->Matches(Value::String("host"));
    const bool only_host =
        std::all_of(p.values.begin(), p.values.end(), [](const Literal& l) { return l.text == "host"; });
    if (!only_host) return std::nullopt;
    if (p.op == Operator::kEqual || p.op == Operator::kIn) return false;
    return p.op == Operator::kNotEqual ? std::optional<bool>(true) : std::nullopt;
  }

  // What a test of the type says of each type of the kind that has a tag, if it is the same.
  std::optional<bool> OfTheType(const Predicate& p, uint32_t predicate) const {
    std::optional<bool> out;
    const EventTypes types = TypesOfKind(tagged_->kind);
    for (EventTypeId type = 0; type < kMaxEventTypes; ++type) {
      if (!types.test(type) || std::ranges::find(tagged_->untagged, EventTypeName(type)) != tagged_->untagged.end())
        continue;
      const std::optional<bool> holds = TypeTest(p, program_.tests()[predicate].matcher, type);
      if (out && out != holds) return std::nullopt;
      out = holds;
    }
    return out;
  }

  uint32_t Junction(const Node& node, bool negated, Kind kind) {
    const uint32_t neutral = kind == Kind::kAnd ? kTrue : kFalse, absorbing = kind == Kind::kAnd ? kFalse : kTrue;
    std::vector<uint32_t> operands;
    for (uint32_t child : node.children) {
      const uint32_t id = Project(child, negated);
      if (id == absorbing) return absorbing;
      if (id != neutral) operands.push_back(id);
    }
    std::sort(operands.begin(), operands.end());
    operands.erase(std::unique(operands.begin(), operands.end()), operands.end());
    if (operands.empty()) return neutral;
    if (operands.size() == 1) return operands.front();
    return Add({kind, 0, 0, 0}, std::move(operands));
  }

  uint32_t Add(Relevance::Operation operation, std::vector<uint32_t> operands) {
    const auto next = static_cast<uint32_t>(out_.operations_.size());
    auto [it, added] = interned_.try_emplace({operation.kind, operation.test, operands}, next);
    if (!added) return it->second;
    operation.first = static_cast<uint32_t>(out_.operands_.size());
    operation.count = static_cast<uint32_t>(operands.size());
    out_.operands_.insert(out_.operands_.end(), operands.begin(), operands.end());
    out_.operations_.push_back(operation);
    return next;
  }

  const Program& program_;
  const RuleSet& rules_;
  Relevance& out_;
  // Of the side that is built:
  const TaggedKind* tagged_ = nullptr;
  bool container_ = false;
  bool settled_ = false;
  std::map<std::pair<uint32_t, bool>, uint32_t> memo_;
  std::map<std::tuple<Kind, uint32_t, std::vector<uint32_t>>, uint32_t> interned_;
};

Relevance::Relevance(const Program& program) { RelevanceBuilder(program, *this).Build(); }

const std::vector<std::string>& Relevance::Unbounded(EventKind kind, bool container) const {
  static const std::vector<std::string> none;
  const size_t index = IndexOf(kind);
  return index == kTaggedKinds ? none : sides_[index][container ? 1 : 0][1].unbounded;
}

bool Relevance::Holds(uint32_t id, Evaluator& evaluator) const {
  const Operation& o = operations_[id];
  if (o.kind == Operation::Kind::kTest) return evaluator.Passes(o.test);
  if (o.kind == Operation::Kind::kNotTest) return !evaluator.Passes(o.test);
  const bool absorbing = o.kind == Operation::Kind::kOr;
  for (uint32_t i = o.first; i < o.first + o.count; ++i) {
    if (Holds(operands_[i], evaluator) == absorbing) return absorbing;
  }
  return !absorbing;
}

bool Relevance::MayMatch(const Side& side, Evaluator& evaluator) const {
  return side.always ||
         std::any_of(side.roots.begin(), side.roots.end(), [&](uint32_t root) { return Holds(root, evaluator); });
}

MuteFor Relevance::IrrelevantFor(const Event& event, Evaluator& evaluator) const {
  const size_t index = IndexOf(event.kind());
  if (index == kTaggedKinds) return MuteFor::kNobody;
  const vd_header& h = *event.header;
  if (h.verdict != VD_VERDICT_ALLOW) return MuteFor::kNobody;
  // A process may have come under a profile since, or its record of that is still to be read.
  const bool settled = h.policy_id != VD_PROFILE_UNSETTLED;
  if (settled && h.policy_id != (event.process != nullptr ? event.process->profile : 0)) return MuteFor::kNobody;
  const auto& sides = sides_[index];
  const size_t here = (h.flags & VD_F_CONTAINER) != 0 ? 1 : 0;
  if (MayMatch(sides[here][settled ? 1 : 0], evaluator)) return MuteFor::kNobody;
  // Whatever profile: more may match then.
  return MayMatch(sides[0][0], evaluator) || MayMatch(sides[1][0], evaluator) ? MuteFor::kItsLike : MuteFor::kAll;
}

}  // namespace vedette
