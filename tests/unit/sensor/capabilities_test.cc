// SPDX-License-Identifier: Apache-2.0
#include "sensor/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>

#include "sensor/kernel_facts.h"

namespace vedette {
namespace {

using ::testing::HasSubstr;

// What CheckCanRun() says to a process of nobody.
std::string AsNobody() {
  int pipe_fds[2];
  EXPECT_EQ(pipe(pipe_fds), 0);
  pid_t child = fork();
  if (child == 0) {
    bool dropped = geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0);
    std::string text = dropped ? CheckCanRun({}).ToString() : "cannot drop privileges";
    _exit(write(pipe_fds[1], text.data(), text.size()) < 0);
  }
  close(pipe_fds[1]);
  std::string out(4096, '\0');
  ssize_t n = read(pipe_fds[0], out.data(), out.size());
  out.resize(n > 0 ? static_cast<size_t>(n) : 0);
  close(pipe_fds[0]);
  waitpid(child, nullptr, 0);
  return out;
}

TEST(CheckCanRun, TellsTheUnprivilegedInOneLineWhatToDo) {
  std::string text = AsNobody();
  EXPECT_THAT(text, HasSubstr("needs root (or CAP_BPF"));
  EXPECT_THAT(text, HasSubstr("sudo"));
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(Capabilities, NameWhatIsLostAndARemedyForWhatIsMissing) {
  std::set<std::string> names;
  for (const Capability& row : ProbeCapabilities()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    if (row.status == Capability::Status::kYes) {
      EXPECT_EQ(row.lost, "") << row.name;
    } else {
      EXPECT_NE(row.lost, "") << row.name;
    }
    if (row.status == Capability::Status::kNo) {
      EXPECT_NE(row.remedy, "") << row.name;
    }
  }
  EXPECT_TRUE(names.contains("BPF LSM"));
}

TEST(SecurityModules, AreFoundInTheList) {
  EXPECT_TRUE(ListHas("lockdown,capability,bpf", "bpf"));
  EXPECT_TRUE(ListHas("bpf", "bpf"));
  EXPECT_FALSE(ListHas("lockdown,ebpf,bpfx", "bpf"));
  EXPECT_FALSE(ListHas("", "bpf"));
}

}  // namespace
}  // namespace vedette
