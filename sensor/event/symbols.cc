// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/symbols.h"

namespace vedette {
namespace {

struct OpenFlag {
  uint32_t bits;  // all of them must be set
  std::string_view name;
};
// Falco's order: "O_TRUNC|O_CREAT|O_WRONLY|O_CLOEXEC". The access mode is printed between the two.
constexpr OpenFlag kBeforeMode[] = {{0200000, "O_DIRECTORY"}, {040000, "O_DIRECT"},  {01000, "O_TRUNC"},
                                    {04010000, "O_SYNC"},     {04000, "O_NONBLOCK"}, {0200, "O_EXCL"},
                                    {010000, "O_DSYNC"},      {02000, "O_APPEND"},   {0100, "O_CREAT"}};
constexpr OpenFlag kAfterMode[] = {{02000000, "O_CLOEXEC"},
                                   {020200000, "O_TMPFILE"},
                                   {0400000, "O_NOFOLLOW"},
                                   {01000000, "O_NOATIME"},
                                   {010000000, "O_PATH"}};
constexpr std::string_view kAccessModes[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", ""};

void AppendJoinedBy(char separator, std::string_view name, size_t start, TextWriter& out) {
  if (name.empty()) return;
  if (out.size() != start) out.Append(separator);
  out.Append(name);
}

template <size_t N>
void AppendOpenFlagsOf(const OpenFlag (&table)[N], uint32_t& flags, size_t start, TextWriter& out) {
  for (const OpenFlag& f : table) {
    if ((flags & f.bits) != f.bits) continue;
    flags &= ~f.bits;
    AppendJoinedBy('|', f.name, start, out);
  }
}

}  // namespace

std::string_view SymbolName(Symbols symbols, uint64_t value) {
  for (const Symbol& s : symbols) {
    if (s.value == value) return s.name;
  }
  return "";
}

std::optional<uint64_t> SymbolValue(Symbols symbols, std::string_view name) {
  for (const Symbol& s : symbols) {
    if (s.name == name) return s.value;
  }
  return std::nullopt;
}

void AppendSymbol(Symbols symbols, uint64_t value, TextWriter& out) {
  std::string_view name = SymbolName(symbols, value);
  if (name.empty()) {
    out.AppendNumber(value);
  } else {
    out.Append(name);
  }
}

void AppendFlags(Symbols symbols, uint64_t flags, TextWriter& out) {
  size_t start = out.size();
  for (const Symbol& s : symbols) {
    if (s.value != 0 && (flags & s.value) == s.value) AppendJoinedBy('|', s.name, start, out);
  }
  if (out.size() == start) out.AppendNumber(flags);
}

void AppendOpenFlags(uint32_t flags, TextWriter& out) {
  size_t start = out.size();
  uint32_t mode = flags & 3;
  // O_TMPFILE contains O_DIRECTORY's bit but does not mean it.
  uint32_t before = (flags & 020200000) == 020200000 ? flags & ~0200000u : flags;
  AppendOpenFlagsOf(kBeforeMode, before, start, out);
  AppendJoinedBy('|', kAccessModes[mode], start, out);
  AppendOpenFlagsOf(kAfterMode, flags, start, out);
}

void AppendCapabilities(uint64_t capabilities, TextWriter& out) {
  size_t start = out.size();
  for (const Symbol& s : CapabilitySymbols()) {
    if ((capabilities >> s.value & 1) != 0) AppendJoinedBy(' ', s.name, start, out);
  }
}

}  // namespace vedette
