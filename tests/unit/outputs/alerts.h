// SPDX-License-Identifier: Apache-2.0
//
// Alerts for the tests of the outputs.
#ifndef VEDETTE_TESTS_UNIT_OUTPUTS_ALERTS_H_
#define VEDETTE_TESTS_UNIT_OUTPUTS_ALERTS_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "engine/alert.h"
#include "tests/unit/temporary_directory.h"

namespace vedette {

inline Alert ShadowAlert() {
  Alert alert;
  alert.id = "01890a5d-ac96-774b-bcce-b302099a8057";
  alert.time_ns = 1'507'591'916'746'609'046;  // 2017-10-09T23:31:56.746609046Z
  alert.rule = "Container reads host credentials";
  alert.priority = Priority::kCritical;
  alert.source = "syscall";
  alert.hostname = "node-1";
  alert.output = "credentials opened | file=/etc/shadow proc=cat";
  alert.fields = {{"fd.name", "/etc/shadow"}, {"proc.name", "cat"}, {"fd.num", int64_t{3}}};
  alert.tags = {"container", "T1003.008"};
  return alert;
}

inline Alert NumberedAlert(int number, Priority priority = Priority::kNotice) {
  Alert alert = ShadowAlert();
  alert.id = "id-" + std::to_string(number);
  alert.output = std::to_string(number);
  alert.priority = priority;
  alert.time_ns = number;
  return alert;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace vedette
#endif  // VEDETTE_TESTS_UNIT_OUTPUTS_ALERTS_H_
