// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

#include "CRE2.h"

#include <re2/re2.h>

#include <string>
#include <vector>

struct updraft_re2 {
    re2::RE2 re;
    std::string error_part;
    updraft_re2(const re2::StringPiece &pattern, const re2::RE2::Options &options) : re(pattern, options), error_part(re.error_arg()) {}
};

updraft_re2 *updraft_re2_make(const char *pattern, size_t length, long memory) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(memory);
    return new updraft_re2(re2::StringPiece(pattern, length), options);
}

void updraft_re2_free(updraft_re2 *re) { delete re; }

int updraft_re2_error_code(const updraft_re2 *re) { return re->re.ok() ? 0 : static_cast<int>(re->re.error_code()); }

const char *updraft_re2_error_part(const updraft_re2 *re, size_t *length) {
    *length = re->error_part.size();
    return re->error_part.data();
}

int updraft_re2_group_count(const updraft_re2 *re) { return re->re.NumberOfCapturingGroups(); }

int updraft_re2_group_number(const updraft_re2 *re, const char *name, size_t length) {
    const auto &names = re->re.NamedCapturingGroups();
    const auto found = names.find(std::string(name, length));
    return found == names.end() ? -1 : found->second;
}

int updraft_re2_match(const updraft_re2 *re, const char *text, size_t length, long *places, int count) {
    std::vector<re2::StringPiece> groups(count);
    if (!re->re.Match(re2::StringPiece(text, length), 0, length, re2::RE2::UNANCHORED, groups.data(), count)) return 0;
    for (int index = 0; index < count; index++) {
        const bool took_part = groups[index].data() != nullptr;
        places[2 * index] = took_part ? groups[index].data() - text : -1;
        places[2 * index + 1] = took_part ? places[2 * index] + static_cast<long>(groups[index].size()) : -1;
    }
    return 1;
}
