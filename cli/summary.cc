// SPDX-License-Identifier: Apache-2.0
#include "cli/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "outputs/escape.h"
#include "sensor/event/event_kind.h"

namespace vedette {
namespace {

constexpr std::string_view kReasons[] = {
    "dropped, ring full",   // VD_LOSS_RING_FULL
    "without a result",     // VD_LOSS_NO_PENDING
    "with a value unread",  // VD_LOSS_READ_FAILED
    "truncated",            // VD_LOSS_TRUNCATED
    "without an identity",  // VD_LOSS_NO_STATE
    "allowed, undecided",   // VD_LOSS_POLICY
    "while no agent ran",   // VD_LOSS_UNATTENDED
};
static_assert(std::size(kReasons) == VD_LOSS_COUNT);

using Counts = std::vector<std::pair<std::string_view, uint64_t>>;

template <typename Count>
Counts CountsByKind(Count count) {
  Counts counts;
  for (const EventKindInfo& info : AllEventKinds()) {
    if (uint64_t n = count(info.kind); n != 0) counts.emplace_back(info.name, n);
  }
  return counts;
}

// "12 (file_open 10, bind 2)", the largest first.
std::string Total(Counts counts) {
  uint64_t total = 0;
  for (const auto& [name, n] : counts) total += n;
  if (total == 0) return "0";
  std::stable_sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string parts;
  for (const auto& [name, n] : counts) parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", name, n);
  return fmt::format("{} ({})", total, parts);
}

void AppendLosses(const AgentReport& report, std::string& out) {
  std::string lines;
  for (int reason = 0; reason < VD_LOSS_COUNT; ++reason) {
    Counts counts = CountsByKind([&](vd_kind kind) { return report.source.losses[kind][reason]; });
    if (!counts.empty()) lines += fmt::format("  losses    {}: {}\n", kReasons[reason], Total(std::move(counts)));
  }
  auto add = [&](uint64_t n, std::string_view what) {
    if (n != 0) lines += fmt::format("  losses    {}: {}\n", what, n);
  };
  add(report.source.malformed, "records refused by the decoder");
  add(report.source.unknown_process, "events of an unknown process");
  add(report.source.processes_evicted, "processes forgotten, table full");
  add(report.source.arguments_cut, "processes with arguments cut, table full");
  add(report.source.environments_dropped, "processes without their environment, table full");
  add(report.source.details_dropped, "processes without their descriptors, table full");
  add(report.source.containers_cut, "containers with mounts or labels cut");
  add(report.source.containers_unread,
      fmt::format("containers without labels, as {}", EscapedText(report.source.containers_unread_reason)));
  add(report.source.containers_refused, "containers not known to the kernel, table full");
  add(report.engine.throttle_keys_forgotten, "keys of a throttle forgotten, table full");
  add(report.engine.correlation_keys_forgotten, "keys of a count or sequence forgotten, table full");
  for (const SinkStats& sink : report.sinks) {
    add(sink.lost, fmt::format("alerts not delivered to {}", sink.name));
    add(sink.truncated, fmt::format("alerts cut for {}", sink.name));
  }
  out += lines.empty() ? "  losses    none\n" : lines;
}

void AppendLine(std::string_view name, const std::string& text, std::string& out) {
  fmt::format_to(std::back_inserter(out), "  {:<10}{}\n", name, text);
}

// Of rules that a reload has replaced only the sum is known.
void AppendThrottled(const EngineStats& engine, std::string& out) {
  if (engine.throttled == 0) return;
  Counts counts;
  uint64_t former = engine.throttled;
  for (const auto& [rule, n] : engine.throttled_by_rule) {
    counts.emplace_back(rule, n);
    former -= n;
  }
  if (former != 0) counts.emplace_back("rules of before a reload", former);
  AppendLine("throttled", Total(std::move(counts)), out);
}

void AppendEvents(const AgentReport& report, std::string& out) {
  AppendLine("events", Total(CountsByKind([&](vd_kind kind) { return report.source.delivered[kind]; })), out);
  const Counts muted = CountsByKind([&](vd_kind kind) { return report.source.muted[kind]; });
  if (!muted.empty()) AppendLine("prefilter", Total(muted) + " that no rule is about did not leave the kernel", out);
  for (const EventKindInfo& info : AllEventKinds()) {
    const std::string hooks = HooksOf(report.source.hooks, info.kind);
    if (!hooks.empty()) AppendLine("hooks", fmt::format("{}: {}", info.name, hooks), out);
  }
}

}  // namespace

std::string HooksOf(const HookCounts& hooks, size_t kind) {
  if (hooks.seen[kind] == 0) return "";
  const std::string_view refused = vd_is_killed_after(static_cast<uint32_t>(kind)) != 0 ? "killed after" : "refused";
  return fmt::format("seen {}, muted {}, {} {}, sent {}, lost {}", hooks.seen[kind], hooks.muted[kind], refused,
                     hooks.refused[kind], hooks.sent[kind], hooks.lost[kind]);
}

std::string SummarizeSource(const AgentReport& report) {
  std::string out;
  AppendEvents(report, out);
  AppendLosses(report, out);
  return out;
}

std::string Summarize(const AgentReport& report) {
  std::string out;
  AppendEvents(report, out);
  AppendLine("alerts", std::to_string(report.engine.alerts), out);
  AppendThrottled(report.engine, out);
  AppendLosses(report, out);
  for (const SinkStats& sink : report.sinks) {
    std::string retries = sink.retries == 0 ? "" : fmt::format(", {} retries", sink.retries);
    AppendLine("output", fmt::format("{}: {} delivered{}", sink.name, sink.delivered, retries), out);
  }
  if (uint64_t n = report.engine.correlation_unkeyed; n != 0) {
    AppendLine("unkeyed", fmt::format("{} events without a value to count or sequence by", n), out);
  }
  if (uint64_t n = report.engine.verdict_disagreements; n != 0) {
    std::string parts;
    for (const auto& [rule, count] : report.engine.disagreements_by_rule) {
      parts += fmt::format("{}{} {}", parts.empty() ? " (" : ", ", rule, count);
    }
    if (!parts.empty()) parts += ")";
    AppendLine("verdicts", fmt::format("{} decided otherwise in the kernel than by the rules{}", n, parts), out);
  }
  if (report.reloads + report.failed_reloads != 0) {
    AppendLine("reloads", fmt::format("{} done, {} failed", report.reloads, report.failed_reloads), out);
  }
  return out;
}

}  // namespace vedette
