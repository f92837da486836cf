// SPDX-License-Identifier: Apache-2.0
//
// Learner: what the programs in a scope do, by the classes of a profile, collected from events. Whether an operation is
// of a class, and which value a profile would judge it by, is asked of the very rules of a profile that allows nothing
// (LearningProfile()): what is learned is what would have been refused. Owned by `vedette learn`; event thread.
#ifndef VEDETTE_ENGINE_LEARNER_H_
#define VEDETTE_ENGINE_LEARNER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/evaluator.h"
#include "engine/field_reader.h"
#include "engine/learned_peers.h"
#include "engine/program.h"
#include "engine/relevance.h"
#include "rules/rule_set.h"
#include "sensor/event/event.h"
#include "sensor/event/event_facts.h"

namespace vedette {

// How the patterns of a class are made of what was seen.
enum class LearnedAs : uint8_t { kPrograms, kPaths, kPeers, kPorts, kNames };

// What the kernel noted that one cgroup used: names of system calls and capabilities.
struct LearnedUse {
  uint64_t cgroup_id = 0;
  std::set<std::string> calls, capabilities, archs;
  uint64_t unknown_calls = 0;  // of which no name is known
};

struct LearnedClass {
  std::string_view name;  // of rules/profile_reader's classes
  LearnedAs as;
  std::vector<std::string_view> fields;  // what a value of it is read from; of kPeers an address and its port
};
std::span<const LearnedClass> LearnedClasses();

// What the programs of one container, or all on the host, did.
struct Behaviour {
  void Merge(const Behaviour& other);

  std::string container_id;  // "": not in one
  std::string container_name, image_repository;
  std::set<std::string> programs;                            // that began it: the first of each family of processes
  std::set<std::string> interpreted;                         // scripts, whose names could not be followed to files
  std::map<std::string_view, std::set<std::string>> values;  // by class; a class without is not in it
  std::set<Peer> peers;
  std::set<std::string> changing;                    // paths with the number of the process that used them
  std::set<uint64_t> cgroups;                        // that its processes were in
  std::set<std::string> calls, capabilities, archs;  // used; archs empty: it was not watched
  uint64_t operations = 0;                           // of the classes
  uint64_t runs = 0;                                 // programs that came into the scope by an exec
  uint64_t unnamed = 0;  // operations whose value is not known or was cut: no pattern can allow them
  uint64_t beyond = 0;   // values that kMaxValues has left out
};

class Learner {
 public:
  static constexpr size_t kMaxValues = 65536;     // of a class and container
  static constexpr size_t kMaxBehaviours = 1024;  // containers

  struct Options {
    bool files_read = false;
    // The file that a script's name leads to, seen from the root of the process' mount namespace; "": not known.
    std::function<std::string(const Event& exec, const std::string& path)> resolve_script = {};
  };

  // `match`: which programs, as a profile's. An error is the first that the rule loader has, of `match`.
  static absl::StatusOr<std::unique_ptr<Learner>> Create(const std::string& match, Options options);

  // The profile that the events' processes are to be under, and its rules, which ask nothing but what is of a class.
  const std::shared_ptr<const RuleSet>& rules() const { return rules_; }

  // For whom nothing with this event's tag can be of a class, so that the source need not deliver such any more.
  MuteFor OnEvent(const Event& event);

  // After the last event. False: no process of that cgroup has been seen to do anything else.
  bool AddUse(const LearnedUse& use);

  // By container id; "" is the host.
  const std::map<std::string, Behaviour, std::less<>>& behaviours() const { return behaviours_; }
  uint64_t beyond() const { return beyond_; }  // operations in containers that kMaxBehaviours has left out

 private:
  Learner(std::shared_ptr<const RuleSet> rules, Options options);
  Behaviour* Of(const Event& event);
  void Begin(const Event& event);
  void Collect(const Event& event, const LearnedClass& of, Behaviour& out);
  void CollectScript(const Event& event, Behaviour& out);
  void Add(const LearnedClass& of, std::string value, Behaviour& out);

  const std::shared_ptr<const RuleSet> rules_;
  const Options options_;
  Program program_;
  Evaluator evaluator_;
  Relevance relevance_;
  FieldReader reader_;
  std::vector<const LearnedClass*> class_of_;                 // by rule index
  std::map<std::string_view, std::vector<FieldRef>> fields_;  // by class
  std::map<std::string, Behaviour, std::less<>> behaviours_;
  uint64_t beyond_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_LEARNER_H_
