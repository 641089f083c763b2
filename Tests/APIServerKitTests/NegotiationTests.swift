// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1
import Testing

@testable import APIServerKit

@Suite("negotiation")
struct NegotiationTests {
    @Test(
        "Accept chooses the form",
        arguments: [
            ("", Representation.json), ("*/*", .json), ("*", .json), ("application/*", .json), ("application/json", .json),
            ("Application/JSON; charset=utf-8", .json),
            (
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
                .table(version: "v1")
            ),
            ("application/json;as=Table;v=v1beta1;g=meta.k8s.io", .table(version: "v1beta1")),
            ("application/json; as=\"Table\"; g=meta.k8s.io; v=v1", .table(version: "v1")),
            ("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", .partialMetadata(version: "v1")),
            ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", .partialMetadata(version: "v1")),
            ("application/vnd.kubernetes.protobuf, */*", .json), ("application/vnd.kubernetes.protobuf,application/json", .json),
            ("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json", .json),
            ("application/json;q=0.1,application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9", .table(version: "v1")),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .json), ("application/json;q=nan", .json),
            ("application/json;as=Table;v=v2;g=meta.k8s.io,application/json;stream=watch", .json), (",,;;,application/json", .json),
        ])
    func accept(_ header: String, _ wanted: Representation) throws {
        #expect(try ContentNegotiation.representation(header.isEmpty ? [:] : ["Accept": header]) == wanted)
    }

    @Test(
        "what we do not speak is 406 in upstream's words",
        arguments: [
            "text/plain", "application/xml", "application/vnd.kubernetes.protobuf", "application/json;q=0", "nonsense", ";",
        ])
    func notAcceptable(_ header: String) {
        let error = #expect(throws: APIError.self) { try ContentNegotiation.representation(["Accept": header]) }
        #expect(error?.code == 406)
        #expect(error?.reason == .notAcceptable)
        #expect(error?.message.hasPrefix("406: Not Acceptable\n\nAvailable representations: application/json") == true)
    }

    @Test(
        "a form that we do not have is 406, where its media type is known",
        arguments: [
            "application/json;as=Table;v=v7;g=meta.k8s.io", "application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io",
            "application/json;stream=other",
        ])
    func unknownForm(_ header: String) {
        let error = #expect(throws: APIError.self) { try ContentNegotiation.representation(["Accept": header]) }
        #expect(error?.code == 406)
        #expect(error?.message == "only the following media types are accepted: application/json")
    }

    private static let protobuf = "application/vnd.kubernetes.protobuf"
    private static let everything = ContentNegotiation.Offer(encodings: Representation.Encoding.allCases)

    @Test(
        "the highest q wins, then the clause without wildcards, then the first",
        arguments: [
            ("", Representation.json), ("*/*", .json), ("\(protobuf), */*", Representation(.object, .protobuf)),
            ("\(protobuf),application/json", Representation(.object, .protobuf)), ("application/json,\(protobuf)", .json),
            ("*/*,application/yaml", Representation(.object, .yaml)), ("application/*,\(protobuf)", Representation(.object, .protobuf)),
            ("\(protobuf);q=0.5,application/json;q=0.8,application/yaml;q=0.1", .json), ("\(protobuf);q=0,*/*;q=0.1", .json),
            ("\(protobuf);stream=watch", Representation(.object, .protobuf)), ("application/yaml;stream=watch,application/json;q=0.1", .json),
            ("\(protobuf);as=Table;g=meta.k8s.io;v=v1,application/json;as=Table;g=meta.k8s.io;v=v1", .table(version: "v1")),
            ("application/yaml;as=Table;g=meta.k8s.io;v=v1", Representation(.table(version: "v1"), .yaml)),
            ("\(protobuf);as=PartialObjectMetadata;g=meta.k8s.io;v=v1", Representation(.partialMetadata(version: "v1"), .protobuf)),
        ])
    func encodings(_ header: String, _ wanted: Representation) throws {
        #expect(try ContentNegotiation.representation(header.isEmpty ? [:] : ["Accept": header], offering: Self.everything) == wanted)
    }

    @Test("a kind without protobuf has its metadata in it alone")
    func withoutProtobuf() throws {
        var offer = Self.everything
        offer.hasProtobuf = false
        #expect(try ContentNegotiation.representation(["Accept": "\(Self.protobuf), */*"], offering: offer) == .json)
        #expect(throws: APIError.self) { try ContentNegotiation.representation(["Accept": Self.protobuf], offering: offer) }
        let metadata = "\(Self.protobuf);as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
        #expect(try ContentNegotiation.representation(["Accept": metadata], offering: offer).encoding == .protobuf)
    }

    @Test("a list that can't be had is refused with the forms of watches beside it, as upstream's is")
    func collection() {
        var offer = Self.everything
        offer.isCollection = true
        let error = #expect(throws: APIError.self) { try ContentNegotiation.representation(["Accept": "text/plain"], offering: offer) }
        #expect(
            error?.message
                == "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
        )
    }

    @Test("watches are not told in YAML")
    func streams() throws {
        var offer = Self.everything
        offer.isStream = true
        #expect(throws: APIError.self) { try ContentNegotiation.representation(["Accept": "application/yaml"], offering: offer) }
        #expect(try ContentNegotiation.representation(["Accept": "application/yaml, */*"], offering: offer) == .json)
    }

    @Test("of very many clauses each is looked at once")
    func manyClauses() throws {
        let clauses = Array(repeating: "application/json;q=0.5;as=Nothing", count: 2000) + ["\(Self.protobuf);q=0.1"]
        let accept = clauses.joined(separator: ",")
        #expect(try ContentNegotiation.representation(["Accept": accept], offering: Self.everything) == Representation(.object, .protobuf))
    }

    @Test("where no Table is offered, plain JSON has to be asked for too")
    func jsonOnly() throws {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io"
        #expect(try ContentNegotiation.representation(["Accept": table + ",application/json"], offering: .jsonOnly) == .json)
        #expect(throws: APIError.self) { try ContentNegotiation.representation(["Accept": table], offering: .jsonOnly) }
    }

    @Test(
        "bodies are JSON, also without a Content-Type",
        arguments: [nil, "", "application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "*/*"])
    func jsonBody(_ type: String?) throws {
        try ContentNegotiation.requireJSONBody(type.map { ["Content-Type": $0] } ?? [:])
    }

    @Test(
        "other bodies are 415 in upstream's words", arguments: ["application/yaml", "application/vnd.kubernetes.protobuf", "text/plain", "json", ";"])
    func otherBody(_ type: String) {
        let error = #expect(throws: APIError.self) { try ContentNegotiation.requireJSONBody(["Content-Type": type]) }
        #expect(error?.code == 415)
        #expect(error?.message == "the body of the request was in an unknown format - accepted media types include: application/json")
    }

    @Test("patches by their type")
    func patches() throws {
        #expect(try ContentNegotiation.patchType(["Content-Type": "application/merge-patch+json"]) == .mergePatch)
        #expect(try ContentNegotiation.patchType(["Content-Type": "application/strategic-merge-patch+json; charset=utf-8"]) == .strategicMergePatch)
        let none = #expect(throws: APIError.self) { try ContentNegotiation.patchType([:]) }
        #expect(none?.message == "415: Unsupported Media Type")
        let apply = #expect(throws: APIError.self) {
            try ContentNegotiation.patchType(["Content-Type": "application/apply-patch+yaml"], supported: [.mergePatch, .strategicMergePatch])
        }
        #expect(
            apply?.message
                == "the body of the request was in an unknown format - accepted media types include: application/merge-patch+json, application/strategic-merge-patch+json"
        )
    }
}
