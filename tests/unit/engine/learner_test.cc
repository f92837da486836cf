// SPDX-License-Identifier: Apache-2.0
//
// What is learned of recorded programs, the profile that is written of it, and that the recording is right under it.
#include "engine/learner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "engine/profile_scopes.h"
#include "engine/profile_text.h"
#include "sensor/context_record.h"
#include "sensor/recording_source.h"
#include "tests/unit/engine/rules_from.h"
#include "tests/unit/sensor/records.h"
#include "tests/unit/temporary_directory.h"

namespace vedette {
namespace {

using ::testing::ElementsAre;
using testing::Exec;
using testing::Fork;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Open;
using testing::RecordOf;
using testing::Seed;

constexpr uint32_t kWrite = 1;

class LearnerTest : public ::testing::Test {
 protected:
  LearnerTest() : path_(directory_.path() + "/recording") { writer_ = *RecordingWriter::Create(path_, {}); }

  template <typename R>
  void Add(RecordOf<R> record) {
    ASSERT_TRUE(writer_->Append(record.Bytes()).ok());
  }
  void Write(uint64_t exec_id, uint32_t pid, std::string_view path, int64_t result = 3) {
    RecordOf<vd_file_open> record = Open(exec_id, pid, path, ++time_);
    record->open_flags = kWrite;
    record->h.flags = VD_F_RESULT;
    record->h.result = result;
    if (result < 0) {  // before any hook: only the name is known
      record->file.path = {};
      record.Add(offsetof(vd_file_open, nameraw), path);
    }
    Add(std::move(record));
  }
  void Rename(uint64_t exec_id, uint32_t pid, std::string_view from, std::string_view to) {
    RecordOf<vd_path_change> record(VD_KIND_FILE_RENAME);
    record->h.exec_id = exec_id;
    record->h.pid = record->h.tid = pid;
    record->h.syscall_nr = 82;
    record->h.time_ns = ++time_;
    record.Add(offsetof(vd_path_change, file) + offsetof(vd_object, path), from);
    record.Add(offsetof(vd_path_change, to) + offsetof(vd_object, path), to);
    Add(std::move(record));
  }
  void Socket(EventKind kind, uint32_t nr, uint64_t exec_id, uint32_t pid, uint16_t local, uint16_t remote) {
    RecordOf<vd_socket> record(kind);
    record->h.exec_id = exec_id;
    record->h.pid = record->h.tid = pid;
    record->h.syscall_nr = nr;
    record->h.time_ns = ++time_;
    record->family = 2;
    record->type = 1;
    record->local_port = local;
    record->remote_port = remote;
    record->remote_addr[0] = 10;
    record->remote_addr[3] = 8;
    record->role = kind == VD_KIND_CONNECT ? VD_ROLE_CLIENT : VD_ROLE_UNKNOWN;
    Add(std::move(record));
  }
  // A server that is started, works, and runs a helper; and a program that has nothing to do with it.
  void RecordServer() {
    Add(Seed({.exec_id = 1, .pid = 1, .comm = "init", .exe = "/sbin/init"}));
    Add(Fork({.creator = 1, .creator_pid = 1, .child = 2, .child_pid = 20}));
    Add(Exec({.exec_id = 3, .pid = 20, .previous = 2, .parent = 1, .comm = "server", .exe = "/usr/bin/server"}));
    Socket(VD_KIND_SOCKET, 41, 3, 20, 0, 0);
    Socket(VD_KIND_BIND, 49, 3, 20, 6379, 0);
    Socket(VD_KIND_CONNECT, 42, 3, 20, 40000, 5432);
    Add(Fork({.creator = 3, .creator_pid = 20, .child = 4, .child_pid = 21}));
    Write(4, 21, "/var/lib/server/temp-21.rdb");
    Rename(4, 21, "/var/lib/server/temp-2188.rdb", "/var/lib/server/dump.rdb");
    Add(Exec({.exec_id = 5, .pid = 21, .previous = 4, .parent = 3, .comm = "helper", .exe = "/usr/bin/helper"}));
    Write(5, 21, "/var/log/server.log");
    Write(5, 21, "/etc/none", -13);
    Write(1, 1, "/etc/other");
  }

  std::unique_ptr<Learner> LearnFrom(const std::string& match) {
    EXPECT_TRUE(writer_->Close().ok());
    auto learner = *Learner::Create(match, {});
    ProfileScopes scopes(*learner->rules());
    Replay(*learner->rules(), scopes, [&](const Event& event) { learner->OnEvent(event); });
    return learner;
  }
  void Replay(const RuleSet& rules, ProfileScopes& scopes, const EventSource::Sink& sink) {
    auto source = *RecordingSource::Open(path_, false);
    source->SetProfiles(ProfileNamesOf(rules));
    source->SetScopes([&](const Event& exec) { return scopes.ProfileOf(exec); });
    const absl::Status status = source->Run(sink, {}, {});
    EXPECT_TRUE(status.ok()) << status;
  }
  // "rule: value" of what the recording's programs did against these rules.
  std::vector<std::string> AlertsUnder(const std::string& yaml) {
    const std::shared_ptr<const RuleSet> rules = RulesFrom(yaml);
    ProfileScopes scopes(*rules);
    EngineOptions options;
    options.compare_verdicts = false;
    Detector detector(rules, std::move(options));
    std::vector<std::string> out;
    Replay(*rules, scopes, [&](const Event& event) {
      for (const Alert& alert : detector.On(event)) {
        std::string value;
        for (const auto& [name, v] : alert.fields) {
          const bool told = name == "fs.path.name" || name == "proc.exepath" || name == "fd.lport";
          if (told && value.empty()) value = std::holds_alternative<std::string>(v) ? std::get<std::string>(v) : "?";
        }
        out.push_back(alert.rule + ": " + value);
      }
    });
    return out;
  }

  TemporaryDirectory directory_;
  const std::string path_;
  std::unique_ptr<RecordingWriter> writer_;
  uint64_t time_ = 100;
};

std::string TextOf(const Behaviour& behaviour, const std::string& match) {
  ProfileHead head;
  head.name = "server";
  head.description = "it's a test";
  head.match = match;
  head.comments = {"one", "two\nlines"};
  auto text = ProfileText(head, behaviour, {});
  return text.ok() ? *text : text.status().ToString();
}

constexpr const char* kServer = "proc.exepath = /usr/bin/server";

TEST_F(LearnerTest, WritesWhatAProgramAndItsDescendantsDid) {
  RecordServer();
  const auto learner = LearnFrom(kServer);
  ASSERT_EQ(learner->behaviours().size(), 1u);
  const Behaviour& behaviour = learner->behaviours().at("");
  EXPECT_EQ(behaviour.runs, 1u);
  EXPECT_THAT(behaviour.programs, ElementsAre("/usr/bin/server"));
  EXPECT_EQ(TextOf(behaviour, kServer), R"(# one
# two\x0alines
- profile: server
  desc: 'it''s a test'
  match: 'proc.exepath = /usr/bin/server'
  exec:
    allow:
      - /usr/bin/helper
  files:
    write:
      allow:
        - /var/lib/server/**
        - /var/log/server.log
  network:
    connect:
      allow:
        - "10.0.0.8:5432"
    bind:
      allow:
        - 6379
    families:
      allow:
        - AF_INET
  mounts: {allow: []}
)");
}

TEST_F(LearnerTest, FindsNothingWrongWithWhatItHasLearnedFrom) {
  RecordServer();
  const auto learner = LearnFrom(kServer);
  EXPECT_THAT(AlertsUnder(TextOf(learner->behaviours().at(""), kServer)), IsEmpty());
}

TEST_F(LearnerTest, FindsEverythingElseWrong) {
  RecordServer();
  const auto learner = LearnFrom(kServer);
  const std::string profile = TextOf(learner->behaviours().at(""), kServer);
  // The same programs once more, and what they had not done.
  std::filesystem::remove(path_);
  writer_ = *RecordingWriter::Create(path_, {});
  RecordServer();
  Write(3, 20, "/etc/passwd");
  Socket(VD_KIND_BIND, 49, 3, 20, 6380, 0);
  Add(Fork({.creator = 5, .creator_pid = 21, .child = 6, .child_pid = 22}));
  Add(Exec({.exec_id = 7, .pid = 22, .previous = 6, .parent = 5, .comm = "sh", .exe = "/bin/sh"}));
  Write(7, 22, "/root/x");
  ASSERT_TRUE(writer_->Close().ok());
  EXPECT_THAT(AlertsUnder(profile), ElementsAre("server: files.write: /etc/passwd", "server: network.bind: ?",
                                                "server: exec: /bin/sh", "server: files.write: /root/x"));
}

TEST_F(LearnerTest, KeepsContainersApart) {
  const std::string ids[] = {std::string(64, 'a'), std::string(64, 'b')};
  uint64_t exec_id = 10;
  for (const std::string& id : ids) {
    const std::string cgroup = "/system.slice/docker-" + id + ".scope";
    Add(Exec({.exec_id = exec_id,
              .pid = static_cast<uint32_t>(exec_id),
              .comm = "app",
              .exe = "/app",
              .cgroup = cgroup,
              .cgroup_id = exec_id,
              .flags = VD_F_CONTAINER}));
    RecordOf<vd_file_open> record = Open(exec_id, static_cast<uint32_t>(exec_id), "/data/" + id.substr(0, 1), ++time_);
    record->open_flags = kWrite;
    record->h.cgroup_id = exec_id;
    record->h.flags = VD_F_CONTAINER;
    Add(std::move(record));
    ++exec_id;
  }
  const auto learner = LearnFrom("container.id != host");
  ASSERT_EQ(learner->behaviours().size(), 2u);
  EXPECT_THAT(learner->behaviours().at(ids[0]).values.at("files.write"), ElementsAre("/data/a"));
  EXPECT_THAT(learner->behaviours().at(ids[1]).values.at("files.write"), ElementsAre("/data/b"));
}

TEST_F(LearnerTest, LearnsAScriptAndItsInterpreter) {
  Add(Exec({.exec_id = 3, .pid = 20, .comm = "server", .exe = "/usr/bin/server"}));
  RecordOf<vd_exec> script =
      Exec({.exec_id = 4, .pid = 20, .previous = 3, .comm = "hook", .exe = "/usr/bin/dash", .cwd = "/srv"});
  script->exe_flags = VD_EXE_SCRIPT;
  script.Add(offsetof(vd_exec, filename), "bin/hook");
  Add(std::move(script));
  const auto learner = LearnFrom(kServer);
  const Behaviour& behaviour = learner->behaviours().at("");
  EXPECT_THAT(behaviour.values.at("exec"), ElementsAre("/srv/bin/hook", "/usr/bin/dash"));
  EXPECT_THAT(TextOf(behaviour, kServer), HasSubstr("- /srv/bin/hook  # a script, as it was called"));
}

TEST_F(LearnerTest, CountsWhatHasNoName) {
  Add(Exec({.exec_id = 3, .pid = 20, .comm = "server", .exe = "/usr/bin/server"}));
  RecordOf<vd_file_open> record = Open(3, 20, "/var/lib/server/long", ++time_);
  record->open_flags = kWrite;
  record->h.flags = VD_F_TRUNCATED;
  Add(std::move(record));
  EXPECT_EQ(LearnFrom(kServer)->behaviours().at("").unnamed, 1u);
}

TEST_F(LearnerTest, WritesTheSystemCallsAndCapabilitiesOfItsCgroups) {
  RecordServer();
  const auto learner = LearnFrom(kServer);
  LearnedUse use;
  use.calls = {"read", "openat"};
  use.capabilities = {"NET_BIND_SERVICE"};
  use.archs = {"x86_64"};
  EXPECT_TRUE(learner->AddUse(use));  // of cgroup 0, as the records
  use.cgroup_id = 77;
  EXPECT_FALSE(learner->AddUse(use));
  const std::string text = TextOf(learner->behaviours().at(""), kServer);
  EXPECT_THAT(text, HasSubstr(R"(  capabilities: {allow: [NET_BIND_SERVICE]}
  syscalls:
    default: kill
    architectures: [x86_64]
    allow: [
      exit, exit_group, openat, read, restart_syscall, rt_sigreturn]
)"));
  const std::shared_ptr<const RuleSet> rules = RulesFrom(text);
  EXPECT_EQ(rules->rules.back().name, "server: syscalls");
  EXPECT_TRUE(CompileKernelPolicy(*rules, Mode::kEnforce).ok());
}

TEST(LearnerScopeTest, IsACondition) {
  const auto learner = Learner::Create("proc.exepat = /x", {});
  EXPECT_THAT(learner.status().ToString(), HasSubstr("proc.exepat"));
}

TEST(LearnedClassesTest, AreTheProfiles) {
  // A class that no profile has would not load; one that is not learned would allow everything.
  const auto learner = *Learner::Create("proc.exepath = /x", {.files_read = true});
  EXPECT_EQ(learner->rules()->rules.size(), LearnedClasses().size());
}

// The scope of a rule set on a replay.
TEST_F(LearnerTest, ComesOverAContainerWhenItsNameIsKnown) {
  const std::string id(64, 'a');
  Add(Exec({.exec_id = 3,
            .pid = 20,
            .comm = "app",
            .exe = "/app",
            .cgroup = "/system.slice/docker-" + id + ".scope",
            .cgroup_id = 3,
            .flags = VD_F_CONTAINER}));
  auto write = [&](std::string_view path) {
    RecordOf<vd_file_open> record = Open(3, 20, path, ++time_);
    record->open_flags = kWrite;
    record->h.cgroup_id = 3;
    record->h.flags = VD_F_CONTAINER;
    Add(std::move(record));
  };
  write("/data/before");
  Container container;
  container.full_id = id;
  container.name = "web";
  const auto context = MakeContextRecord(container);
  ASSERT_TRUE(writer_->Append(context).ok());
  write("/data/after");
  ASSERT_TRUE(writer_->Close().ok());
  EXPECT_THAT(AlertsUnder("- profile: web\n  match: container.name = web\n  files: {write: {allow: []}}\n"),
              ElementsAre("web: files.write: /data/after"));
}

}  // namespace
}  // namespace vedette
