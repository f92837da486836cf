// SPDX-License-Identifier: Apache-2.0
// Nothing: what all tests' sources include is compiled with it, once (tests/CMakeLists.txt).
