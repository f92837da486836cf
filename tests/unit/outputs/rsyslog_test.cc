// SPDX-License-Identifier: Apache-2.0
//
// The syslog output against a real rsyslogd: own configuration, port and directory, on loopback. It writes what it
// parsed, as JSON, into a fifo that the test reads.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "outputs/dispatcher.h"
#include "outputs/fd_io.h"
#include "outputs/output_config.h"
#include "tests/unit/outputs/alerts.h"

namespace vedette {
namespace {

using testing::HasSubstr;

constexpr std::chrono::milliseconds kLong{60'000};
constexpr int kReadTimeoutMs = 60'000;
constexpr const char* kRsyslogd = "/usr/sbin/rsyslogd";

int FreePort() {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
  socklen_t size = sizeof(address);
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

class Rsyslogd {
 public:
  Rsyslogd() : port_(FreePort()) {
    const std::string fifo = directory_ / "out";
    mkfifo(fifo.c_str(), 0600);
    reader_ = UniqueFd(open(fifo.c_str(), O_RDWR | O_CLOEXEC));
    WriteConfig(fifo);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const std::string config = directory_ / "rsyslog.conf", pid_file = directory_ / "pid";
      execl(kRsyslogd, kRsyslogd, "-n", "-f", config.c_str(), "-i", pid_file.c_str(), nullptr);
      _exit(127);
    }
    // Its own message, written once all inputs listen.
    while (!Read().at("msg").get<std::string>().ends_with("start")) {
    }
  }
  ~Rsyslogd() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }

  int port() const { return port_; }

  nlohmann::json Read() {
    std::string line;
    for (char c = 0; c != '\n'; line += c) {
      pollfd ready{reader_.get(), POLLIN, 0};
      if (poll(&ready, 1, kReadTimeoutMs) <= 0 || read(reader_.get(), &c, 1) != 1) {
        throw std::runtime_error("rsyslogd wrote nothing for a minute");
      }
    }
    return nlohmann::json::parse(line);
  }

 private:
  void WriteConfig(const std::string& fifo) {
    std::ofstream config(directory_ / "rsyslog.conf");
    config << "global(processInternalMessages=\"on\")\n"
           << "module(load=\"imudp\")\nmodule(load=\"imtcp\")\nmodule(load=\"mmpstrucdata\")\n"
           << "input(type=\"imudp\" address=\"127.0.0.1\" port=\"" << port_ << "\")\n"
           << "input(type=\"imtcp\" address=\"127.0.0.1\" port=\"" << port_ << "\")\n"
           << "template(name=\"parsed\" type=\"list\" option.jsonf=\"on\") {\n";
    for (const char* property : {"pri", "syslogseverity-text", "syslogfacility-text", "hostname", "app-name", "procid",
                                 "msgid", "structured-data", "msg", "timereported", "inputname"}) {
      config << "  property(outname=\"" << property << "\" name=\"" << property << "\" format=\"jsonf\""
             << (std::string_view(property) == "timereported" ? " dateFormat=\"rfc3339\"" : "") << ")\n";
    }
    config << "  property(outname=\"sd\" name=\"$!rfc5424-sd!vedette@32473!rule\" format=\"jsonf\")\n}\n"
           << "action(type=\"mmpstrucdata\")\n"
           << "action(type=\"ompipe\" pipe=\"" << fifo << "\" template=\"parsed\")\n";
  }

  TemporaryDirectory directory_;
  int port_;
  UniqueFd reader_;
  pid_t pid_ = -1;
};

class RsyslogTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (access(kRsyslogd, X_OK) != 0) GTEST_SKIP() << "rsyslog is not installed";
    setenv("TZ", "UTC", 1);
    tzset();
    server_ = std::make_unique<Rsyslogd>();
  }

  nlohmann::json SendAndRead(Alert alert, std::string format = "text") {
    Dispatcher dispatcher;
    auto route = MakeRoute({.type = "syslog",
                            .format = std::move(format),
                            .address = GetParam() + "://127.0.0.1:" + std::to_string(server_->port())});
    if (!route.ok()) throw std::runtime_error(route.status().ToString());
    dispatcher.Add(std::move(*route));
    dispatcher.Send(std::move(alert));
    dispatcher.Stop(kLong);
    return server_->Read();
  }

  std::unique_ptr<Rsyslogd> server_;
};

TEST_P(RsyslogTest, ParsesEveryFieldOfTheHeader) {
  nlohmann::json got = SendAndRead(ShadowAlert());
  EXPECT_EQ(got.at("inputname"), "im" + GetParam());
  EXPECT_EQ(got.at("pri"), "130");
  EXPECT_EQ(got.at("syslogseverity-text"), "crit");
  EXPECT_EQ(got.at("syslogfacility-text"), "local0");
  EXPECT_EQ(got.at("timereported"), "2017-10-09T23:31:56.746609Z");
  EXPECT_EQ(got.at("hostname"), "node-1");
  EXPECT_EQ(got.at("app-name"), "vedette");
  EXPECT_EQ(got.at("procid"), std::to_string(getpid()));
  EXPECT_EQ(got.at("msgid"), "alert");
  EXPECT_THAT(got.at("structured-data").get<std::string>(), HasSubstr("id=\"01890a5d-ac96-774b-bcce-b302099a8057\""));
  EXPECT_EQ(got.at("sd"), "Container reads host credentials");
  EXPECT_EQ(got.at("msg"), "23:31:56.746609046: Critical credentials opened | file=/etc/shadow proc=cat");
}

TEST_P(RsyslogTest, ReceivesHostileBytesAsOneHarmlessMessage) {
  Alert alert = ShadowAlert();
  alert.rule = R"(a "quoted" \ rule] [x@1 y="z")";
  alert.output = "file=/tmp/a\n<0>1 - evil evil - - - forged \x1b[2J \xff \"]";
  nlohmann::json got = SendAndRead(alert);
  EXPECT_EQ(got.at("sd"), alert.rule);
  EXPECT_EQ(got.at("msg"),
            "23:31:56.746609046: Critical file=/tmp/a\\n<0>1 - evil evil - - - forged \\u001b[2J \ufffd \"]");
  EXPECT_EQ(SendAndRead(ShadowAlert()).at("pri"), "130");  // nothing stood between
}

TEST_P(RsyslogTest, ReceivesJsonThatParses) {
  nlohmann::json got = SendAndRead(ShadowAlert(), "json");
  nlohmann::json alert = nlohmann::json::parse(got.at("msg").get<std::string>());
  EXPECT_EQ(alert.at("output_fields").at("fd.name"), "/etc/shadow");
}

INSTANTIATE_TEST_SUITE_P(Transports, RsyslogTest, testing::Values("udp", "tcp"),
                         [](const auto& param_info) { return param_info.param; });

}  // namespace
}  // namespace vedette
