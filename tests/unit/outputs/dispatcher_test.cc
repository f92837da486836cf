// SPDX-License-Identifier: Apache-2.0
#include "outputs/dispatcher.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <nlohmann/json.hpp>

#include "outputs/file_sink.h"
#include "outputs/stdout_sink.h"
#include "tests/unit/outputs/alerts.h"

namespace vedette {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr milliseconds kLong{60'000};

// A pipe whose writing end is a sink's. Takes 64 KiB before its reader has to read.
class Pipe {
 public:
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader_ = UniqueFd(ends[0]);
    writer_ = UniqueFd(ends[1]);
    signal(SIGPIPE, SIG_IGN);
  }
  int writer() const { return writer_.get(); }
  void CloseReader() { reader_.Reset(); }
  void CloseWriter() { writer_.Reset(); }

  std::string ReadLine() {
    std::string line;
    for (char c = 0; read(reader_.get(), &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }
  std::vector<std::string> ReadToEnd() {
    CloseWriter();
    std::vector<std::string> lines;
    for (std::string line = ReadLine(); !line.empty(); line = ReadLine()) lines.push_back(line);
    return lines;
  }

 private:
  UniqueFd reader_, writer_;
};

Dispatcher::Route RouteTo(std::unique_ptr<Sink> sink, std::string name = "test") {
  Dispatcher::Route route;
  route.name = std::move(name);
  route.encoder = std::move(*MakeEncoder("json"));
  route.sink = std::move(sink);
  route.retry_min = milliseconds(1);
  route.retry_max = milliseconds(4);
  return route;
}

Dispatcher::Route RouteTo(const Pipe& pipe, std::string name = "pipe") {
  return RouteTo(std::make_unique<StdoutSink>(pipe.writer()), std::move(name));
}

std::string IdOf(const std::string& line) { return nlohmann::json::parse(line).at("uuid"); }

TEST(Dispatcher, DeliversToEverySinkInOrder) {
  Pipe one, two;
  Dispatcher dispatcher;
  dispatcher.Add(RouteTo(one, "one"));
  dispatcher.Add(RouteTo(two, "two"));
  for (int i = 0; i < 100; ++i) dispatcher.Send(NumberedAlert(i));
  dispatcher.Stop(kLong);
  for (Pipe* pipe : {&one, &two}) {
    std::vector<std::string> lines = pipe->ReadToEnd();
    ASSERT_EQ(lines.size(), 100u);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(IdOf(lines[i]), "id-" + std::to_string(i));
  }
  std::vector<SinkStats> stats = dispatcher.Stats();
  EXPECT_EQ(stats[0].name, "one");
  EXPECT_EQ(stats[0].delivered, 100u);
  EXPECT_EQ(stats[1].lost, 0u);
}

TEST(Dispatcher, ASinkThatNobodyReadsDelaysNoOther) {
  Pipe stuck, healthy;
  Alert large = NumberedAlert(0);
  large.output.assign(100'000, 'x');  // more than the pipe takes: its writer waits
  Dispatcher dispatcher;
  dispatcher.Add(RouteTo(stuck, "stuck"));
  dispatcher.Add(RouteTo(healthy, "healthy"));
  std::thread reader([&] { EXPECT_EQ(IdOf(healthy.ReadLine()), "id-0"); });
  dispatcher.Send(large);
  reader.join();  // while the other still waits
  EXPECT_EQ(dispatcher.Stats()[0].delivered, 0u);
  dispatcher.Stop(milliseconds(0));
  EXPECT_EQ(dispatcher.Stats()[0].lost, 1u);
  EXPECT_EQ(dispatcher.Stats()[1].delivered, 1u);
}

TEST(Dispatcher, WhatAFullQueueForcesOutIsCountedAndReportedOnceThereIsRoom) {
  Pipe pipe;
  Dispatcher dispatcher;
  Dispatcher::Route route = RouteTo(pipe);
  route.queue_alerts = 4;
  dispatcher.Add(std::move(route));
  Alert first = NumberedAlert(0);
  first.output.assign(100'000, 'x');
  dispatcher.Send(first);  // its sink waits until the pipe is read below
  while (dispatcher.Stats()[0].queued != 0) std::this_thread::yield();
  for (int i = 1; i <= 10; ++i) dispatcher.Send(NumberedAlert(i));
  EXPECT_EQ(dispatcher.Stats()[0].lost, 6u);

  std::vector<std::string> ids;
  nlohmann::json report;
  for (int i = 0; i < 6; ++i) {
    nlohmann::json line = nlohmann::json::parse(pipe.ReadLine());
    line.at("source") == "internal" ? report = line : nlohmann::json();
    if (line.at("source") != "internal") ids.push_back(line.at("uuid"));
  }
  EXPECT_THAT(ids, ElementsAre("id-0", "id-1", "id-2", "id-3", "id-4"));
  EXPECT_EQ(report.at("rule"), "Vedette internal: alerts lost");
  EXPECT_EQ(report.at("priority"), "Critical");
  EXPECT_EQ(report.at("hostname"), "node-1");
  EXPECT_EQ(report.at("output_fields").at("vedette.lost"), 6);
  EXPECT_EQ(report.at("output_fields").at("vedette.lost_first_time"), 5);
  EXPECT_EQ(report.at("output_fields").at("vedette.lost_last_time"), 10);
  EXPECT_THAT(report.at("output").get<std::string>(), HasSubstr("alerts lost before pipe | count=6 first=1970-01-01T"));
  EXPECT_EQ(report.at("uuid").get<std::string>().size(), 36u);
  dispatcher.Stop(kLong);
  EXPECT_EQ(dispatcher.Stats()[0].delivered, 5u);
  EXPECT_EQ(dispatcher.Stats()[0].lost, 6u);
}

TEST(Dispatcher, EndsTheSinkWhoseReaderIsGoneAndSaysSo) {
  Pipe pipe;
  std::promise<std::string> gone;
  Dispatcher dispatcher({.log = {}, .gone = [&](const std::string& sink) { gone.set_value(sink); }});
  dispatcher.Add(RouteTo(pipe, "stdout"));
  pipe.CloseReader();
  dispatcher.Send(NumberedAlert(1));
  EXPECT_EQ(gone.get_future().get(), "stdout");
  dispatcher.Send(NumberedAlert(2));
  dispatcher.Stop(kLong);
  EXPECT_EQ(dispatcher.Stats()[0].lost, 2u);
  EXPECT_EQ(dispatcher.Stats()[0].delivered, 0u);
}

TEST(Dispatcher, StopGivesUpAtItsDeadlineAndCountsTheRest) {
  Dispatcher dispatcher;
  dispatcher.Add(RouteTo(std::move(*FileSink::Open({"/dev/full", 0, 0})), "file /dev/full"));
  for (int i = 0; i < 5; ++i) dispatcher.Send(NumberedAlert(i));
  dispatcher.Stop(milliseconds(20));
  EXPECT_EQ(dispatcher.Stats()[0].lost, 5u);
  EXPECT_EQ(dispatcher.Stats()[0].queued, 0u);
}

TEST(Dispatcher, RetriesUntilTheSinkWorksAgainAndSaysBoth) {
  TemporaryDirectory directory;
  const std::string path = directory / "alerts.log";
  auto sink = FileSink::Open({path, 0, 0});
  ASSERT_TRUE(sink.ok());
  // A directory in the file's place: it cannot be opened until that is gone.
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  std::promise<std::string> failed, recovered;
  Dispatcher dispatcher(
      {.log = [&, n = 0](
                  const std::string& line) mutable { ++n == 1 ? failed.set_value(line) : recovered.set_value(line); },
       .gone = {}});
  dispatcher.Add(RouteTo(std::move(*sink), "file"));
  dispatcher.Send(NumberedAlert(1));
  EXPECT_THAT(failed.get_future().get(), HasSubstr("Is a directory; name a file in it; retrying"));
  std::filesystem::remove(path);
  EXPECT_THAT(recovered.get_future().get(), HasSubstr("output file: works again, after "));
  dispatcher.Stop(kLong);
  EXPECT_EQ(IdOf(ReadFile(path)), "id-1");
  EXPECT_GE(dispatcher.Stats()[0].retries, 1u);
}

TEST(Dispatcher, ReopensTheFileBeforeTheNextAlert) {
  TemporaryDirectory directory;
  const std::string path = directory / "alerts.log";
  Dispatcher dispatcher;
  dispatcher.Add(RouteTo(std::move(*FileSink::Open({path, 0, 0})), "file"));
  std::filesystem::rename(path, path + ".1");
  dispatcher.Reopen();
  dispatcher.Send(NumberedAlert(1));
  dispatcher.Stop(kLong);
  EXPECT_EQ(ReadFile(path + ".1"), "");
  EXPECT_EQ(IdOf(ReadFile(path)), "id-1");
}

TEST(Dispatcher, AnAlertAfterTheStopIsLostAndCounted) {
  Pipe pipe;
  Dispatcher dispatcher;
  dispatcher.Add(RouteTo(pipe));
  dispatcher.Stop(kLong);
  dispatcher.Send(NumberedAlert(1));
  EXPECT_EQ(dispatcher.Stats()[0].lost, 1u);
}

}  // namespace
}  // namespace vedette
