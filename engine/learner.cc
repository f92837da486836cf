// SPDX-License-Identifier: Apache-2.0
#include "engine/learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/learned_paths.h"
#include "engine/output_format.h"
#include "rules/rule_loader.h"
#include "sensor/event/event_facts.h"

namespace vedette {
namespace {

// No other profile has this name, so that what a recording says of its processes' profiles does not count.
constexpr std::string_view kName = "vedette learn";
constexpr int kMaxAncestors = 64;

const std::vector<LearnedClass>& Classes() {
  static const std::vector<LearnedClass> kClasses = {
      {"exec", LearnedAs::kPrograms, {"proc.exepath"}},
      {"files.read", LearnedAs::kPaths, {"fs.realpath.name", "fs.realpath.target"}},
      {"files.write", LearnedAs::kPaths, {"fs.realpath.name", "fs.realpath.target", "socket.path"}},
      {"network.connect", LearnedAs::kPeers, {"fd.rip", "fd.rport"}},
      {"network.bind", LearnedAs::kPorts, {"fd.lport"}},
      {"network.families", LearnedAs::kNames, {"socket.family"}},
      {"mounts", LearnedAs::kPaths, {"mount.target"}},
  };
  return kClasses;
}

// A profile that allows nothing.
std::string LearningProfile(const std::string& match, bool files_read) {
  std::string quoted;
  for (char c : match) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return fmt::format(
      "- profile: {}\n"
      "  match: '{}'\n"
      "  exec: {{allow: []}}\n"
      "  files: {{{}write: {{allow: []}}}}\n"
      "  network: {{connect: {{allow: []}}, bind: {{allow: []}}, families: {{allow: []}}}}\n"
      "  mounts: {{allow: []}}\n",
      kName, quoted, files_read ? "read: {allow: []}, " : "");
}

// The first process of a container has the same number at each run.
bool IsOfProcess(std::string_view path, const Process& process) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return process.vpid > 1 && (HasNumber(name, process.vpid) || HasNumber(name, process.pid));
}

}  // namespace

std::span<const LearnedClass> LearnedClasses() { return Classes(); }

void Behaviour::Merge(const Behaviour& other) {
  programs.insert(other.programs.begin(), other.programs.end());
  interpreted.insert(other.interpreted.begin(), other.interpreted.end());
  changing.insert(other.changing.begin(), other.changing.end());
  cgroups.insert(other.cgroups.begin(), other.cgroups.end());
  calls.insert(other.calls.begin(), other.calls.end());
  capabilities.insert(other.capabilities.begin(), other.capabilities.end());
  archs.insert(other.archs.begin(), other.archs.end());
  for (const auto& [name, more] : other.values) values[name].insert(more.begin(), more.end());
  peers.insert(other.peers.begin(), other.peers.end());
  operations += other.operations;
  runs += other.runs;
  unnamed += other.unnamed;
  beyond += other.beyond;
}

absl::StatusOr<std::unique_ptr<Learner>> Learner::Create(const std::string& match, Options options) {
  const std::vector<RuleFile> files = {{"match", LearningProfile(match, options.files_read)}};
  LoadResult loaded = LoadRules(files);
  for (const Diagnostic& d : loaded.diagnostics) {
    if (d.severity == Diagnostic::Severity::kError) {
      return absl::InvalidArgumentError(fmt::format("in the condition `{}`: {}", match, d.message));
    }
  }
  // Nothing is judged, only looked at.
  auto rules = std::make_shared<RuleSet>(*loaded.rules);
  for (Rule& rule : rules->rules) rule.action = Action::kAlert;
  return std::unique_ptr<Learner>(new Learner(std::move(rules), std::move(options)));
}

Learner::Learner(std::shared_ptr<const RuleSet> rules, Options options)
    : rules_(std::move(rules)),
      options_(std::move(options)),
      program_(rules_, Priority::kDebug),
      evaluator_(program_),
      relevance_(program_) {
  for (const Rule& rule : rules_->rules) {
    const std::string_view name = std::string_view(rule.name).substr(kName.size() + 2);  // "NAME: CLASS"
    const auto it =
        std::find_if(Classes().begin(), Classes().end(), [&](const LearnedClass& c) { return c.name == name; });
    class_of_.push_back(&*it);
    std::vector<FieldRef>& fields = fields_[it->name];
    for (std::string_view field : it->fields) {
      FieldRef ref;
      ref.field = FindField(field).field;
      ref.spelling = field;
      fields.push_back(std::move(ref));
    }
  }
}

MuteFor Learner::OnEvent(const Event& event) {
  if (event.process == nullptr || event.type >= kMaxEventTypes) return MuteFor::kNobody;
  if (event.kind() == VD_KIND_EXEC) Begin(event);
  const Program::TypeRules& type = program_.RulesOf(event.type);
  evaluator_.Start(event);
  bool relevant = false;
  for (uint32_t position : evaluator_.Matches(type)) {
    relevant = true;
    if (!ReachedAHook(event)) continue;
    if (Behaviour* out = Of(event)) Collect(event, *class_of_[type.rules[position].rule], *out);
  }
  if (relevant || TagOf(event) == 0) return MuteFor::kNobody;
  return relevance_.IrrelevantFor(event, evaluator_);
}

Behaviour* Learner::Of(const Event& event) {
  const Container* container = event.process->container;
  const std::string_view id = container != nullptr ? std::string_view(container->full_id) : std::string_view();
  auto it = behaviours_.find(id);
  if (it == behaviours_.end()) {
    if (behaviours_.size() >= kMaxBehaviours) {
      ++beyond_;
      return nullptr;
    }
    it = behaviours_.try_emplace(std::string(id)).first;
    it->second.container_id = std::string(id);
  }
  Behaviour& out = it->second;
  if (out.cgroups.size() < kMaxValues) out.cgroups.insert(event.header->cgroup_id);
  // What the runtime's files say comes a little later.
  if (container != nullptr && out.container_name.empty()) out.container_name = container->name;
  if (container != nullptr && out.image_repository.empty()) out.image_repository = container->image_repository;
  // The first of the family: the one whose parent is not in the scope.
  const Process* first = event.process;
  for (int i = 0; i < kMaxAncestors && first->parent != nullptr && first->parent->profile == first->profile; ++i) {
    first = first->parent;
  }
  if (first->profile != 0 && !first->exe_path.empty() && out.programs.size() < kMaxValues) {
    out.programs.emplace(first->exe_path);
  }
  return &out;
}

// A program that comes into the scope: its own exec is not judged by the profile.
void Learner::Begin(const Event& event) {
  if (event.process->profile == 0 || event.process->caller_profile != 0) return;
  if (Behaviour* out = Of(event)) ++out->runs;
}

void Learner::Collect(const Event& event, const LearnedClass& of, Behaviour& out) {
  ++out.operations;
  reader_.Reset();
  const std::vector<FieldRef>& fields = fields_[of.name];
  if (of.as == LearnedAs::kPeers) {
    const Values &address = reader_.Read(fields[0], event), &port = reader_.Read(fields[1], event);
    if (address.empty() || port.empty()) {
      ++out.unnamed;
    } else if (out.peers.size() >= kMaxValues) {
      ++out.beyond;
    } else {
      out.peers.insert({address[0].address(), static_cast<uint16_t>(port[0].number())});
    }
    return;
  }
  bool named = false;
  for (const FieldRef& field : fields) {
    for (const Value& value : reader_.Read(field, event)) {
      std::string text = TextOf(value);
      if (text.empty() || text == "<NA>") continue;
      named = true;
      if (of.as == LearnedAs::kPaths && IsOfProcess(text, *event.process)) out.changing.insert(text);
      Add(of, std::move(text), out);
    }
  }
  // A path that was cut is another path. Of an exec it is the arguments.
  const bool cut = event.kind() != VD_KIND_EXEC && (event.header->flags & (VD_F_TRUNCATED | VD_F_READ_FAILED)) != 0;
  if (!named || cut) ++out.unnamed;
  if (of.as == LearnedAs::kPrograms) CollectScript(event, out);
}

// The kernel judges a script's own file, too, before its interpreter.
void Learner::CollectScript(const Event& event, Behaviour& out) {
  if (event.kind() != VD_KIND_EXEC) return;
  const auto& exec = event.record<vd_exec>();
  if ((exec.exe_flags & VD_EXE_SCRIPT) == 0) return;
  std::string path(event.String(exec.filename));
  if (!path.starts_with('/')) path = std::string(event.process->cwd) + path;
  std::string found = options_.resolve_script ? options_.resolve_script(event, path) : "";
  if (found.empty()) {
    found = path;
    out.interpreted.insert(path);
  }
  Add(Classes()[0], std::move(found), out);
}

bool Learner::AddUse(const LearnedUse& use) {
  for (auto& [id, behaviour] : behaviours_) {
    if (!behaviour.cgroups.contains(use.cgroup_id)) continue;
    behaviour.calls.insert(use.calls.begin(), use.calls.end());
    behaviour.capabilities.insert(use.capabilities.begin(), use.capabilities.end());
    behaviour.archs.insert(use.archs.begin(), use.archs.end());
    behaviour.unnamed += use.unknown_calls;
    return true;
  }
  return false;
}

void Learner::Add(const LearnedClass& of, std::string value, Behaviour& out) {
  std::set<std::string>& values = out.values[of.name];
  if (values.size() < kMaxValues) {
    values.insert(std::move(value));
  } else if (!values.contains(value)) {
    ++out.beyond;
  }
}

}  // namespace vedette
