// SPDX-License-Identifier: Apache-2.0
//
// Escape: makes any bytes safe to print on a terminal, to write as one line of a log and to put between the quotes of
// JSON. Escaped are control characters (C0, DEL, C1), line and paragraph separators and the characters that turn the
// direction of text; invalid UTF-8 becomes U+FFFD. Pure functions, any thread.
#ifndef VEDETTE_OUTPUTS_ESCAPE_H_
#define VEDETTE_OUTPUTS_ESCAPE_H_

#include <string>
#include <string_view>

namespace vedette {

// As text: "\n", "\u001b"; a backslash of the input stays one.
void AppendEscapedText(std::string_view bytes, std::string& out);
std::string EscapedText(std::string_view bytes);

// As the inside of a JSON string: `"` and `\` too.
void AppendEscapedJson(std::string_view bytes, std::string& out);

}  // namespace vedette
#endif  // VEDETTE_OUTPUTS_ESCAPE_H_
