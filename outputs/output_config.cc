// SPDX-License-Identifier: Apache-2.0
#include "outputs/output_config.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "outputs/file_sink.h"
#include "outputs/stdout_sink.h"
#include "outputs/syslog_address.h"
#include "outputs/syslog_message.h"
#include "outputs/syslog_tcp_sink.h"
#include "outputs/syslog_udp_sink.h"

namespace vedette {
namespace {

struct NamedSink {
  std::string name;
  std::unique_ptr<Sink> sink;
};

absl::Status CheckNothing(const OutputConfig&) { return absl::OkStatus(); }

absl::StatusOr<NamedSink> MakeStdout(const OutputConfig&) {
  return NamedSink{"stdout", std::make_unique<StdoutSink>()};
}

absl::Status CheckFile(const OutputConfig& config) {
  if (config.path.empty()) return absl::InvalidArgumentError(std::string("a file output needs a path"));
  return absl::OkStatus();
}

absl::StatusOr<NamedSink> MakeFile(const OutputConfig& config) {
  auto sink = FileSink::Open({config.path, config.rotate_bytes, config.rotate_keep});
  if (!sink.ok()) return sink.status();
  return NamedSink{"file " + config.path, std::move(*sink)};
}

absl::Status CheckSyslog(const OutputConfig& config) {
  if (config.address.empty()) {
    return absl::InvalidArgumentError(
        std::string("a syslog output needs an address: udp://HOST:PORT or tcp://HOST:PORT"));
  }
  if (auto address = ParseSyslogAddress(config.address); !address.ok()) return address.status();
  return SyslogMessage::Create(config.facility, config.app_name).status();
}

absl::StatusOr<NamedSink> MakeSyslog(const OutputConfig& config) {
  auto address = ParseSyslogAddress(config.address);
  auto message = SyslogMessage::Create(config.facility, config.app_name);
  std::string name = "syslog " + address->ToString();
  if (address->transport == SyslogAddress::Transport::kUdp) {
    return NamedSink{std::move(name), std::make_unique<SyslogUdpSink>(std::move(*address), std::move(*message))};
  }
  return NamedSink{std::move(name), std::make_unique<SyslogTcpSink>(std::move(*address), std::move(*message))};
}

struct Type {
  std::string_view name;
  absl::Status (*check)(const OutputConfig&);
  absl::StatusOr<NamedSink> (*make)(const OutputConfig&);  // of a configuration that passed the check
};
constexpr Type kTypes[] = {
    {"stdout", CheckNothing, MakeStdout}, {"file", CheckFile, MakeFile}, {"syslog", CheckSyslog, MakeSyslog}};

absl::StatusOr<const Type*> FindType(std::string_view name) {
  std::string known;
  for (const Type& type : kTypes) {
    if (type.name == name) return &type;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", type.name);
  }
  return absl::InvalidArgumentError(fmt::format("unknown output type '{}'; there are {}", name, known));
}

}  // namespace

absl::Status CheckOutput(const OutputConfig& config) {
  auto type = FindType(config.type);
  if (!type.ok()) return type.status();
  if (auto encoder = MakeEncoder(config.format); !encoder.ok()) return encoder.status();
  if (config.queue_alerts == 0) return absl::InvalidArgumentError(std::string("queue_alerts must be at least 1"));
  return (*type)->check(config);
}

absl::StatusOr<Dispatcher::Route> MakeRoute(const OutputConfig& config) {
  if (absl::Status status = CheckOutput(config); !status.ok()) return status;
  auto sink = (*FindType(config.type))->make(config);
  if (!sink.ok()) return sink.status();
  Dispatcher::Route route;
  route.name = std::move(sink->name);
  route.encoder = std::move(*MakeEncoder(config.format));
  route.sink = std::move(sink->sink);
  route.queue_alerts = config.queue_alerts;
  return route;
}

}  // namespace vedette
