// SPDX-License-Identifier: Apache-2.0
// No test: what the tests' sources share is compiled with it, once (tests/CMakeLists.txt).
int main() { return 0; }
