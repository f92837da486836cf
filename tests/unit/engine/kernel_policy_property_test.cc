// SPDX-License-Identifier: Apache-2.0
//
// Kernel and user space agree: for random rules that refuse and random events, the tables (through the reference
// interpreter, which does what the hooks do) refuse exactly what the evaluator finds true, by the same rule.
#include <gtest/gtest.h>

#include <random>

#include "engine/kernel_policy_eval.h"
#include "tests/unit/engine/rules_from.h"

namespace vedette {
namespace {

// One kind of event: its types, and predicates and values that collide often.
struct World {
  EventKind kind;
  std::vector<std::string> types;
  std::vector<std::string> predicates;
  std::vector<std::vector<std::string>> values;  // per field: "name=value" alternatives, "" for NULL
};

const std::vector<World>& Worlds() {
  static const std::vector<std::string> kPaths = {"/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/b", "/c/a", "/c/b/a"};
  static const std::vector<World> worlds = [] {
    auto with_paths = [](std::vector<std::string> fields, std::vector<std::string> operators) {
      std::vector<std::string> out;
      for (const std::string& f : fields) {
        for (const std::string& op : operators) {
          for (const std::string& p : kPaths) out.push_back(f + " " + op + (op == "pmatch" ? " (" + p + ")" : " " + p));
        }
      }
      return out;
    };
    auto add = [](std::vector<std::string> a, const std::vector<std::string>& b) {
      a.insert(a.end(), b.begin(), b.end());
      return a;
    };
    auto value_of = [](const std::string& field, const std::vector<std::string>& values) {
      std::vector<std::string> out = {""};
      for (const std::string& v : values) out.push_back(field + "=" + v);
      return out;
    };
    const std::vector<std::string> process = {
        "proc.pname = a", "proc.pname != a",    "proc.pname in (a, b)", "proc.pname startswith a", "user.uid = 0",
        "user.uid != 0",  "user.uid in (0, 7)", "container.id = host",  "container.id != host",    "proc.pname exists"};
    const std::vector<std::string> paths_with_all = {"=", "!=", "startswith", "endswith", "pmatch", "glob"};
    std::vector<std::vector<std::string>> of_process = {value_of("proc.pname", {"a", "ab", "b"}),
                                                        value_of("user.uid", {"0", "7", "9"}),
                                                        value_of("container.id", {"host", "0123456789ab"})};
    auto with = [&](std::vector<std::vector<std::string>> more) {
      more.insert(more.end(), of_process.begin(), of_process.end());
      return more;
    };
    return std::vector<World>{
        {VD_KIND_FILE_OPEN,
         {"openat", "open", "openat2", "creat"},
         add(add(with_paths({"fd.name", "proc.exepath"}, paths_with_all), process),
             {"fd.name in (/a, /a/b)", "fd.name in (/a/b, /b, /c/a)", "fd.name glob '/a*'", "fd.name glob '*/a'",
              "fd.name glob '*'", "evt.is_open_write = true", "evt.is_open_write != true", "evt.is_open_read = true",
              "evt.type = openat", "evt.type in (open, creat)", "evt.type != open", "fd.name startswith ''",
              "fd.name endswith ''", "fd.name glob '/a*b'", "fd.name glob '/*/a'", "fd.name glob '/a*/*'",
              "fd.name glob anyof ('/?', '/a/*/c')", "fd.name glob '/[a-b]*[!b]'", "proc.exepath glob '*/[!a]'",
              "proc.exepath contains b", "proc.exepath glob '*a*b*'",
              "proc.name glob '?'", "proc.aname = a", "proc.aname != a", "proc.aname in (a, b)",
              "proc.aname startswith a", "proc.aexepath endswith /a", "proc.aexepath glob '/a*b'",
              "thread.cap_effective contains CAP_SYS_ADMIN",
              "thread.cap_effective icontains cap_net", "thread.cap_effective = CAP_CHOWN",
              "thread.cap_permitted = ''", "fd.ino = 7", "fd.ino in (7, 8)", "fd.dev != 3",
              "fd.name exists", "fd.name pmatch (/a/b, /c)", "proc.name = a", "proc.name != b"}),
         with({value_of("fd.name", kPaths), value_of("proc.exepath", kPaths), value_of("proc.name", {"a", "b"}),
               value_of("proc.aname", {"a", "ab", "b"}), value_of("proc.aexepath", kPaths),
               value_of("fd.ino", {"7", "9"}), value_of("fd.dev", {"3", "4"}),
               {"thread.cap_effective=CAP_SYS_ADMIN", "thread.cap_effective='CAP_CHOWN CAP_NET_RAW'",
                "thread.cap_effective=CAP_CHOWN"},
               {"thread.cap_permitted=''", "thread.cap_permitted=CAP_CHOWN"},
               value_of("evt.is_open_write", {"true", "false"}), value_of("evt.is_open_read", {"true", "false"})})},
        {VD_KIND_EXEC,
         {"execve", "execveat"},
         add(add(with_paths({"proc.exepath"}, paths_with_all), process),
             {"proc.is_exe_from_memfd = true", "proc.is_exe_upper_layer = true", "evt.type = execveat"}),
         with({value_of("proc.exepath", kPaths), value_of("proc.is_exe_from_memfd", {"true", "false"}),
               value_of("proc.is_exe_upper_layer", {"true", "false"})})},
        {VD_KIND_CONNECT,
         {"connect"},
         add(process, {"fd.snet = 10.0.0.0/8", "fd.snet in (10.1.0.0/16, 10.128.0.0/9)", "fd.snet != 10.1.0.0/16",
                       "fd.snet = 0.0.0.0/0", "fd.snet in (0::/0)", "fd.snet = fe80::/10", "fd.sip = 10.1.2.3",
                       "fd.sip != 10.1.2.3", "fd.sip in (10.1.2.3, fe80::1)", "fd.sport = 80", "fd.sport in (80, 443)",
                       "fd.sport != 80", "socket.family = AF_INET", "socket.family in (AF_UNIX, AF_INET6)"}),
         with({value_of("addr", {"10.1.2.3", "10.200.0.1", "192.168.0.1", "fe80::1", "2001:db8::1", "::1"}),
               value_of("fd.sport", {"80", "443", "22"}),
               value_of("socket.family", {"AF_INET", "AF_UNIX", "AF_INET6"})})},
        {VD_KIND_MOUNT,
         {"mount"},
         add(process, {"evt.type = mount", "proc.name = a", "proc.name startswith a", "evt.arg.flags contains MS_BIND",
                       "evt.arg.flags contains RE", "evt.arg.flags = MS_BIND|MS_REC", "evt.arg.flags != 0",
                       "evt.arg.flags in (0, MS_RDONLY)", "evt.arg.flags = MS_REC|MS_BIND", "evt.arg.flags = 512"}),
         with({value_of("proc.name", {"a", "ab", "b"}),
               {"evt.arg.flags=0", "evt.arg.flags=MS_BIND", "evt.arg.flags=MS_BIND|MS_REC", "evt.arg.flags=MS_RDONLY",
                "evt.arg.flags=512"}})},
    };
  }();
  return worlds;
}

class Random {
 public:
  explicit Random(uint32_t seed) : random_(seed) {}
  size_t Below(size_t n) { return random_() % n; }
  template <typename T>
  const T& Of(const std::vector<T>& items) {
    return items[Below(items.size())];
  }

  std::string Condition(const World& world, int depth) {
    if (depth == 0 || Below(4) == 0) return (Below(4) == 0 ? "not " : "") + Of(world.predicates);
    const std::string a = Condition(world, depth - 1), b = Condition(world, depth - 1);
    switch (Below(5)) {
      case 0:
        return "not (" + a + ")";
      case 1:
        return "(" + a + " or " + b + ")";
      default:
        return "(" + a + " and " + b + ")";
    }
  }

  std::string EventText(const World& world) {
    std::string out = "evt.type=" + Of(world.types);
    for (const auto& alternatives : world.values) {
      const std::string& v = Of(alternatives);
      if (v.starts_with("addr=")) {
        out += " fd.snet=" + v.substr(5) + " fd.sip=" + v.substr(5);  // two views of one address
      } else if (!v.empty()) {
        out += " " + v;
      }
    }
    return out;
  }

 private:
  std::mt19937 random_;
};

std::string TypesOf(const World& world) {
  std::string out = "evt.type in (";
  for (size_t i = 0; i < world.types.size(); ++i) out += (i == 0 ? "" : ", ") + world.types[i];
  return out + ") and ";
}

void Compare(const World& world, Random& random, size_t& refused, size_t& compared) {
  std::string yaml;
  for (int i = 0; i < 4; ++i) {
    yaml += RuleText(TypesOf(world) + random.Condition(world, 3),
                     random.Below(3) == 0 ? "  action: kill\n" : "  action: deny\n", "r" + std::to_string(i));
  }
  const auto rules = RulesFrom(yaml);
  const auto policy = CompileKernelPolicy(*rules, Mode::kEnforce);
  if (!policy.ok()) {  // the only errors these can give: a rule that is false whatever happens
    const std::string error = policy.status().ToString();
    ASSERT_TRUE(error.find("false at every hook") != std::string::npos ||
                error.find("no event can match") != std::string::npos)
        << error;
    return;
  }
  Detector detector(rules);
  for (int i = 0; i < 60; ++i) {
    const std::string text = random.EventText(world);
    const SyntheticEvent event = EventFrom(text);
    const std::vector<Alert> alerts = detector.On(event.event());
    const PolicyDecision decision = Decide(*policy, world.kind, SubjectOf(*rules, event.event(), world.kind));
    const std::string by_kernel = decision.policy_id == 0 ? "" : rules->rules[decision.policy_id - 1].name;
    ASSERT_EQ(by_kernel, alerts.empty() ? "" : alerts.front().rule) << yaml << "\n" << text;
    ++compared;
    refused += alerts.empty() ? 0 : 1;
  }
}

TEST(KernelPolicyProperty, TheTablesRefuseWhatTheEvaluatorFindsTrue) {
  Random random(5);
  for (const World& world : Worlds()) {
    size_t refused = 0, compared = 0;
    for (int round = 0; round < 60; ++round) {
      ASSERT_NO_FATAL_FAILURE(Compare(world, random, refused, compared));
    }
    EXPECT_GT(compared, 1500u) << Info(world.kind).name;
    EXPECT_GT(refused, compared / 20) << Info(world.kind).name;
    EXPECT_LT(refused, compared) << Info(world.kind).name;
  }
}

}  // namespace
}  // namespace vedette
