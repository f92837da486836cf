// SPDX-License-Identifier: Apache-2.0
#include "outputs/timestamp.h"

#include <fmt/format.h>

#include <ctime>
#include <iterator>

namespace vedette {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

struct Split {
  time_t seconds;
  int64_t nanoseconds;  // 0 … 999 999 999, before 1970 too
};

Split SplitTime(int64_t time_ns) {
  int64_t seconds = time_ns / kSecond;
  int64_t rest = time_ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return {static_cast<time_t>(seconds), rest};
}

}  // namespace

void AppendClock(int64_t time_ns, std::string& out) {
  Split time = SplitTime(time_ns);
  tm local{};
  localtime_r(&time.seconds, &local);
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}.{:09}", local.tm_hour, local.tm_min, local.tm_sec,
                 time.nanoseconds);
}

void AppendIso8601(int64_t time_ns, int digits, std::string& out) {
  Split time = SplitTime(time_ns);
  tm utc{};
  gmtime_r(&time.seconds, &utc);
  std::string fraction = fmt::format("{:09}", time.nanoseconds);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                 utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, std::string_view(fraction).substr(0, digits));
}

}  // namespace vedette
