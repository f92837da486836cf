// SPDX-License-Identifier: Apache-2.0
#include "rules/literal.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <re2/re2.h>

#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "rules/diagnostics.h"
#include "rules/operator.h"

namespace vedette {
namespace {

LiteralResult Fail(std::string error) { return {std::nullopt, std::move(error)}; }

// Decimal with an optional sign, or 0x….
std::optional<int64_t> ParseNumber(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    base = 16;
  }
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (base == 10 && value > (negative ? uint64_t{1} << 63 : (uint64_t{1} << 63) - 1)) return std::nullopt;
  return static_cast<int64_t>(negative ? ~value + 1 : value);
}

LiteralResult Number(std::string_view text, Literal literal) {
  auto number = ParseNumber(text);
  if (!number) return Fail(fmt::format("{} is not a 64-bit integer", Quoted(text)));
  literal.number = *number;
  return {literal, ""};
}

LiteralResult Port(std::string_view text, Literal literal) {
  auto number = ParseNumber(text);
  if (number && (*number < -1 || *number > 65535))
    return Fail(fmt::format("{} is not a port (0 to 65535)", Quoted(text)));
  if (!number) {
    auto port = FindPort(text);
    if (!port) return Fail(fmt::format("{} is neither a port nor a known service", Quoted(text)));
    number = *port;
  }
  literal.number = *number;
  return {literal, ""};
}

LiteralResult Bool(std::string_view text, Literal literal) {
  if (text != "true" && text != "false") return Fail(fmt::format("expected true or false instead of {}", Quoted(text)));
  literal.number = text == "true" ? 1 : 0;
  return {literal, ""};
}

LiteralResult Address(std::string_view text, Literal literal) {
  if (text.find('/') != std::string_view::npos) {
    return Fail(fmt::format("{} is a network, this field takes an address; use fd.net or fd.snet", Quoted(text)));
  }
  auto address = ParseAddress(text);
  if (!address) return Fail(fmt::format("{} is not an IP address", Quoted(text)));
  literal.address = *address;
  return {literal, ""};
}

LiteralResult Net(std::string_view text, Literal literal) {
  size_t slash = text.find('/');
  auto address = ParseAddress(text.substr(0, slash));
  if (!address) return Fail(fmt::format("{} is not an IP network such as 10.0.0.0/8", Quoted(text)));
  int64_t most = address->v6 ? 128 : 32;
  int64_t bits = most;
  if (slash != std::string_view::npos) {
    auto number = ParseNumber(text.substr(slash + 1));
    if (!number || *number < 0 || *number > most) {
      return Fail(fmt::format("the prefix length of {} must be 0 to {}", Quoted(text), most));
    }
    bits = *number;
  }
  literal.address = *address;
  literal.prefix_bits = static_cast<uint8_t>(bits);
  return {literal, ""};
}

LiteralResult HexBytes(std::string_view text, Literal literal) {
  if (text.empty() || text.size() % 2 != 0) {
    return Fail(fmt::format("{} must be hexadecimal, two digits per byte", Quoted(text)));
  }
  literal.text.clear();
  for (size_t i = 0; i < text.size(); i += 2) {
    uint8_t byte = 0;
    auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc() || end != text.data() + i + 2) {
      return Fail(fmt::format("{} must be hexadecimal, two digits per byte", Quoted(text)));
    }
    literal.text += static_cast<char>(byte);
  }
  return {literal, ""};
}

LiteralResult Pattern(std::string_view text, Literal literal) {
  RE2::Options options(RE2::POSIX);
  options.set_log_errors(false);
  RE2 regex(re2::StringPiece(text.data(), text.size()), options);
  if (!regex.ok()) return Fail(fmt::format("invalid regular expression: {}", Printable(regex.error())));
  return {std::move(literal), ""};
}

LiteralResult Text(Operator op, std::string_view text, Literal literal) {
  if (op == Operator::kRegex) return Pattern(text, std::move(literal));
  return {std::move(literal), ""};
}

struct Service {
  std::string_view name;
  uint16_t port;
};
constexpr std::array kServices = {
    Service{"ftp", 21},     Service{"ssh", 22},          Service{"telnet", 23}, Service{"smtp", 25},
    Service{"domain", 53},  Service{"http", 80},         Service{"pop3", 110},  Service{"ntp", 123},
    Service{"imap2", 143},  Service{"snmp", 161},        Service{"ldap", 389},  Service{"https", 443},
    Service{"syslog", 514}, Service{"ldaps", 636},       Service{"imaps", 993}, Service{"pop3s", 995},
    Service{"mysql", 3306}, Service{"postgresql", 5432}, Service{"redis", 6379}};

}  // namespace

LiteralResult MakeLiteral(FieldType type, Operator op, std::string_view text) {
  Literal literal;
  literal.text = text;
  if (op == Operator::kBContains || op == Operator::kBStartsWith) return HexBytes(text, std::move(literal));
  switch (type) {
    case FieldType::kBool:
      return Bool(text, std::move(literal));
    case FieldType::kNumber:
      return Number(text, std::move(literal));
    case FieldType::kPort:
      return Port(text, std::move(literal));
    case FieldType::kAddress:
      return Address(text, std::move(literal));
    case FieldType::kNet:
      return Net(text, std::move(literal));
    case FieldType::kString:
    case FieldType::kPath:
    case FieldType::kBuffer:
      break;
  }
  return Text(op, text, std::move(literal));
}

std::optional<IpAddress> ParseAddress(std::string_view text) {
  std::string terminated(text);
  IpAddress out;
  out.v6 = text.find(':') != std::string_view::npos;
  if (inet_pton(out.v6 ? AF_INET6 : AF_INET, terminated.c_str(), out.bytes.data()) != 1) return std::nullopt;
  return out;
}

std::optional<uint16_t> FindPort(std::string_view service) {
  std::string name(service);
  for (const char* protocol : {"tcp", "udp"}) {
    std::array<char, 4096> buffer;
    servent entry{};
    servent* found = nullptr;
    int error = getservbyname_r(name.c_str(), protocol, &entry, buffer.data(), buffer.size(), &found);
    if (error == 0 && found != nullptr) return ntohs(static_cast<uint16_t>(found->s_port));
  }
  for (const Service& row : kServices) {
    if (row.name == service) return row.port;
  }
  return std::nullopt;
}

}  // namespace vedette
