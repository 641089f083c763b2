// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import NIOHTTP1

extension FuzzTarget {
    static let requests: [FuzzTarget] = [
        FuzzTarget(
            "path and query", corpus: Corpus.uris,
            words: [
                "/", "//", "..", "%2F", "%00", "%", "%zz", "?", "&", "=", "namespaces", "pods", "apis", "api", "watch=true", "proxy", "+", ";", "#",
            ]
        ) { input in
            let parts = String(decoding: input, as: UTF8.self).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            let query = Query(parsing: parts.count > 1 ? parts[1] : "")
            do throws(APIError) {
                let info = try RequestInfo(method: .GET, path: String(parts[0]), query: query)
                return info.isResourceRequest
            } catch {
                try check([400, 404].contains(error.code), "\(error.code): \(error.message)")
                return false
            }
        }
    ]
}
