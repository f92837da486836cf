// SPDX-License-Identifier: Apache-2.0
//
// NearestName: the name the author probably meant, for "did you mean". Pure.
#ifndef VEDETTE_RULES_NEAREST_NAME_H_
#define VEDETTE_RULES_NEAREST_NAME_H_

#include <span>
#include <string>
#include <string_view>

namespace vedette {

// The candidate with the fewest edits (insert, delete, replace, swap of neighbours) from `name`, if it is no more than
// a third of the name away; "" otherwise. The first of equals.
std::string_view NearestName(std::string_view name, std::span<const std::string_view> candidates);

// "; did you mean 'near'?" or "".
std::string DidYouMean(std::string_view near);

}  // namespace vedette
#endif  // VEDETTE_RULES_NEAREST_NAME_H_
