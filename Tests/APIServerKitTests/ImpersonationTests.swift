// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1
import Testing

@testable import APIServerKit

@Suite("Asking as somebody else")
struct ImpersonationTests {
    @Test("what is asked for is each a question: the user, every group, the uid and the extras")
    func questions() throws {
        let headers: HTTPHeaders = [
            "Impersonate-User": "bob", "impersonate-group": "team", "Impersonate-Group": "ops", "Impersonate-Uid": "u-1",
            "Impersonate-Extra-Example.com%2fScope": "read", "Accept": "*/*",
        ]
        let impersonation = try #require(try Impersonation(headers))
        #expect(impersonation.user.name == "bob" && impersonation.user.uid == "u-1")
        #expect(impersonation.user.groups == ["team", "ops", "system:authenticated"])
        #expect(impersonation.user.extra == ["example.com/scope": ["read"]])
        let asked = impersonation.questions.map { "\($0.verb) \($0.groupResource)/\($0.subresource) \($0.name)" }
        #expect(
            asked == [
                "impersonate users/ bob", "impersonate groups/ team", "impersonate groups/ ops", "impersonate uids.authentication.k8s.io/ u-1",
                "impersonate userextras.authentication.k8s.io/example.com/scope read",
            ])
    }

    @Test("a service account is one, with its groups, in its namespace")
    func account() throws {
        let impersonation = try #require(try Impersonation(["Impersonate-User": "system:serviceaccount:shop:robot"]))
        #expect(impersonation.questions.map { "\($0.resource) \($0.namespace)/\($0.name)" } == ["serviceaccounts shop/robot"])
        #expect(impersonation.user.groups == ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"])
        let odd = try #require(try Impersonation(["Impersonate-User": "system:serviceaccount:shop"]))
        #expect(odd.questions.map(\.resource) == ["users"])
        let nobody = try #require(try Impersonation(["Impersonate-User": "system:anonymous"]))
        #expect(nobody.user.groups == ["system:unauthenticated"])
    }

    @Test("headers that name no user are a mistake, no headers are none")
    func incomplete() throws {
        #expect(try Impersonation(["Accept": "*/*", "If-Match": "x"]) == nil)
        let error = #expect(throws: APIError.self) { try Impersonation(["Impersonate-Group": "system:masters"]) }
        #expect(error?.code == 400)
        #expect(throws: APIError.self) { try Impersonation(["IMPERSONATE-USER": ""]) }
    }
}
