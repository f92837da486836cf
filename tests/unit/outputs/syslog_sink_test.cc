// SPDX-License-Identifier: Apache-2.0
//
// The syslog sinks against sockets of the test's own, for what a well-behaved receiver cannot be made to do.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <set>

#include "outputs/dispatcher.h"
#include "outputs/fd_io.h"
#include "outputs/output_config.h"
#include "outputs/syslog_message.h"
#include "tests/unit/outputs/alerts.h"

namespace vedette {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr milliseconds kLong{60'000};

// A socket bound to a port of 127.0.0.1: the system's choice, or the one given.
class Server {
 public:
  explicit Server(int type, int port = 0) : fd_(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    int on = 1, small = 4096;
    setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (type == SOCK_STREAM) setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << strerror(errno);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(listen(fd_.get(), 8), 0);
    }
    socklen_t size = sizeof(address);
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  int port() const { return port_; }
  UniqueFd Accept() { return UniqueFd(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
  std::string Datagram() {
    std::string bytes(65536, '\0');
    bytes.resize(static_cast<size_t>(std::max<ssize_t>(recv(fd_.get(), bytes.data(), bytes.size(), 0), 0)));
    return bytes;
  }
  void Close() { fd_.Reset(); }

 private:
  UniqueFd fd_;
  int port_ = 0;
};

// One frame of RFC 6587's octet counting; "" at the end of the connection.
std::string ReadFrame(int fd) {
  size_t length = 0;
  char c = 0;
  while (read(fd, &c, 1) == 1 && c != ' ') length = length * 10 + static_cast<size_t>(c - '0');
  std::string frame(length, '\0');
  size_t done = 0;
  while (done < length) {
    ssize_t n = read(fd, frame.data() + done, length - done);
    if (n <= 0) return "";
    done += static_cast<size_t>(n);
  }
  return frame;
}

int NumberOf(const std::string& frame) { return std::stoi(frame.substr(frame.find("id=\"id-") + 7)); }

Dispatcher::Route SyslogRoute(std::string scheme, int port) {
  auto route = MakeRoute({.type = "syslog", .address = scheme + "://127.0.0.1:" + std::to_string(port)});
  EXPECT_TRUE(route.ok()) << route.status();
  route->retry_min = milliseconds(1);
  route->retry_max = milliseconds(4);
  return std::move(*route);
}

TEST(SyslogTcp, CountsTheOctetsOfEachMessage) {
  Server server(SOCK_STREAM);
  Dispatcher dispatcher;
  dispatcher.Add(SyslogRoute("tcp", server.port()));
  dispatcher.Send(NumberedAlert(1));
  dispatcher.Send(NumberedAlert(2));
  UniqueFd connection = server.Accept();
  EXPECT_THAT(ReadFrame(connection.get()), HasSubstr("<133>1 1970-01-01T00:00:00.000000Z node-1 vedette "));
  EXPECT_THAT(ReadFrame(connection.get()), testing::EndsWith("Notice 2"));
  dispatcher.Stop(kLong);
  EXPECT_EQ(dispatcher.Stats()[0].delivered, 2u);
}

TEST(SyslogTcp, ConnectsOnceTheReceiverIsThere) {
  Server reserved(SOCK_STREAM);
  const int port = reserved.port();
  reserved.Close();
  std::promise<std::string> failed;
  Dispatcher dispatcher({.log =
                             [&, n = 0](const std::string& line) mutable {
                               if (n++ == 0) failed.set_value(line);
                             },
                         .gone = {}});
  dispatcher.Add(SyslogRoute("tcp", port));
  dispatcher.Send(NumberedAlert(7));
  EXPECT_THAT(failed.get_future().get(), HasSubstr("connect: Connection refused; retrying"));
  Server server(SOCK_STREAM, port);
  UniqueFd connection = server.Accept();
  EXPECT_EQ(NumberOf(ReadFrame(connection.get())), 7);
  dispatcher.Stop(kLong);
}

// The receiver takes a few frames into its buffer, reads nothing and resets the connection. What its kernel had not
// acknowledged comes again on the next connection, in order and without a gap.
TEST(SyslogTcp, SendsAgainWhatADeadConnectionHadNotAcknowledged) {
  Server server(SOCK_STREAM);
  Dispatcher dispatcher;
  dispatcher.Add(SyslogRoute("tcp", server.port()));
  constexpr int kAlerts = 400;
  for (int i = 0; i < kAlerts; ++i) {
    Alert alert = NumberedAlert(i);
    alert.output.assign(4000, 'x');
    dispatcher.Send(std::move(alert));
  }
  UniqueFd connection = server.Accept();
  while (dispatcher.Stats()[0].delivered < 50) std::this_thread::yield();  // into the sockets' buffers
  linger reset{1, 0};
  setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  connection.Reset();
  connection = server.Accept();
  std::set<int> seen;
  int first = NumberOf(ReadFrame(connection.get()));
  seen.insert(first);
  EXPECT_LT(first, 25) << "more than a receive buffer of alerts was given up";
  while (*seen.rbegin() != kAlerts - 1) seen.insert(NumberOf(ReadFrame(connection.get())));
  EXPECT_EQ(seen.size(), static_cast<size_t>(kAlerts - first));
  dispatcher.Stop(kLong);
  EXPECT_EQ(dispatcher.Stats()[0].delivered, static_cast<uint64_t>(kAlerts));
}

TEST(SyslogTcp, AReceiverThatNeverReadsDoesNotHoldUpTheStop) {
  Server server(SOCK_STREAM);
  Dispatcher dispatcher;
  dispatcher.Add(SyslogRoute("tcp", server.port()));
  for (int i = 0; i < 1000; ++i) {
    Alert alert = NumberedAlert(i);
    alert.output.assign(4000, 'x');
    dispatcher.Send(std::move(alert));
  }
  UniqueFd connection = server.Accept();
  dispatcher.Stop(milliseconds(50));
  SinkStats stats = dispatcher.Stats()[0];
  EXPECT_EQ(stats.delivered + stats.lost, 1000u);
  EXPECT_GT(stats.lost, 0u);
}

TEST(SyslogUdp, ADatagramThatFoundThePortClosedIsSentAgain) {
  Server reserved(SOCK_DGRAM);
  const int port = reserved.port();
  reserved.Close();
  std::promise<std::string> failed;
  Dispatcher dispatcher({.log =
                             [&, n = 0](const std::string& line) mutable {
                               if (n++ == 0) failed.set_value(line);
                             },
                         .gone = {}});
  dispatcher.Add(SyslogRoute("udp", port));
  dispatcher.Send(NumberedAlert(1));  // sent, and refused
  dispatcher.Send(NumberedAlert(2));  // learns of it
  EXPECT_THAT(failed.get_future().get(), HasSubstr("Connection refused; retrying"));
  Server server(SOCK_DGRAM, port);
  std::set<int> seen;
  while (seen.size() < 2) seen.insert(NumberOf(server.Datagram()));
  EXPECT_THAT(seen, testing::ElementsAre(1, 2));
  dispatcher.Stop(kLong);
}

TEST(SyslogUdp, AnAlertBeyondTheBoundIsCutMarkedAndCounted) {
  Server server(SOCK_DGRAM);
  Dispatcher dispatcher;
  dispatcher.Add(SyslogRoute("udp", server.port()));
  Alert alert = NumberedAlert(1);
  alert.output.assign(100'000, 'x');
  dispatcher.Send(alert);
  std::string datagram = server.Datagram();
  EXPECT_LE(datagram.size(), kMaxSyslogUdp);
  EXPECT_THAT(datagram, testing::EndsWith(" bytes]"));
  dispatcher.Stop(kLong);
  EXPECT_EQ(dispatcher.Stats()[0].truncated, 1u);
}

}  // namespace
}  // namespace vedette
