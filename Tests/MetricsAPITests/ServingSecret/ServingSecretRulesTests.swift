// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import Testing

@testable import MetricsAPI

@Suite("The shared serving certificate")
struct ServingSecretRulesTests {
    private static let start = Timestamp(seconds: 1_800_000_000)
    private static let names = ["metrics-server.kube-system.svc", "metrics-server"]
    private let rules = ServingSecretRules(dnsNames: Self.names)

    private func made(at time: Timestamp = Self.start) throws -> ServingSecretContents {
        try #require(try ServingSecretStep.makeAll.carriedOut(nil, dnsNames: Self.names, place: "kube-system/tls", now: time))
    }

    /// What the step that is due makes of it; itself where none is.
    private func next(_ contents: ServingSecretContents, at time: Timestamp) throws -> (ServingSecretStep, ServingSecretContents) {
        let step = rules.step(contents, now: time)
        return (step, try step.carriedOut(contents, dnsNames: Self.names, place: "kube-system/tls", now: time) ?? contents)
    }

    @Test("is made for the Service's names, by an authority of its own, where there is none")
    func first() throws {
        #expect(rules.step(nil, now: Self.start) == .makeAll)
        let contents = try made()
        #expect(contents.certificate.dnsNames == Self.names)
        #expect(contents.certificate.extendedKeyUsages == ["serverAuth"])
        #expect(contents.certificate.notAfter == Self.start + .days(365))
        #expect(contents.authorities.count == 1 && contents.isSignedByFirstAuthority)
        #expect(rules.step(contents, now: Self.start) == .keep)
        #expect(rules.step(contents, now: Self.start + .days(200)) == .keep)
    }

    @Test("is renewed by the same authority when a third of its time is left")
    func renewal() throws {
        let contents = try made()
        let (step, renewed) = try next(contents, at: Self.start + .days(244))
        #expect(step == .makeCertificate)
        #expect(renewed.authoritiesPEM == contents.authoritiesPEM && renewed.isSignedByFirstAuthority)
        #expect(renewed.certificate.notAfter == Self.start + .days(244 + 365))
        #expect(rules.step(renewed, now: Self.start + .days(244)) == .keep)
    }

    @Test("is made anew where the Service goes by another name")
    func renamed() throws {
        #expect(ServingSecretRules(dnsNames: ["other.kube-system.svc"]).step(try made(), now: Self.start) == .makeCertificate)
    }

    @Test("at every step of an authority's succession, what is served is verified by what was published an hour before")
    func succession() throws {
        var contents = try made()
        var published = contents.authoritiesPEM
        var steps: [ServingSecretStep] = []
        var time = Self.start
        // Every hour while something happens, else every month, over the lives of two authorities.
        while time < Self.start + .days(7000) {
            let before = contents
            let step: ServingSecretStep
            (step, contents) = try next(contents, at: time)
            let bundle = try PEM.split(published, from: "bundle")
            #expect(try bundle.contains { try CertificateAuthority.isIssuer($0, of: contents.serving.certificatePEM) }, "after \(step) at \(time)")
            // A replica that still serves the last certificate is verified by what is published now.
            let now = try PEM.split(contents.authoritiesPEM, from: "bundle")
            if step != .makeAll, step != .dropOldAuthorities {
                #expect(try now.contains { try CertificateAuthority.isIssuer($0, of: before.serving.certificatePEM) }, "before \(step) at \(time)")
            }
            #expect(contents.certificate.notAfter > time)
            published = contents.authoritiesPEM
            if step != .keep { steps.append(step) }
            time = time + (contents.authorities.count > 1 ? .seconds(3600) : .days(30))
        }
        let succession: [ServingSecretStep] = [.addAuthority, .makeCertificate, .dropOldAuthorities]
        #expect(steps.contains(succession), "\(steps)")
        #expect(steps.filter { $0 == .addAuthority }.count == 2, "\(steps)")
        #expect(!steps.contains(.makeAll))
    }

    @Test("a new authority signs only once the API servers had time to hear of it")
    func settling() throws {
        let (step, both) = try next(try made(), at: Self.start + .days(3650 - 390))
        // The certificate itself is long over by then; with nobody served, nothing is waited for.
        #expect(step == .addAuthority)
        #expect(both.authorities.count == 2 && !both.isSignedByFirstAuthority)

        var renewed = try made()
        for day in stride(from: 244, through: 3171, by: 244) { (_, renewed) = try next(renewed, at: Self.start + .days(day)) }
        let turn = Self.start + .days(3650 - 390)
        let (_, joint) = try next(renewed, at: turn)
        #expect(joint.serving == renewed.serving)
        #expect(rules.step(joint, now: turn + .seconds(599)) == .keep)
        #expect(rules.step(joint, now: turn + .seconds(600)) == .makeCertificate)
        let (_, switched) = try next(joint, at: turn + .seconds(600))
        #expect(switched.isSignedByFirstAuthority && switched.authorities.count == 2)
        #expect(rules.step(switched, now: turn + .days(1)) == .keep)
        #expect(rules.step(switched, now: turn + .days(1) + .seconds(600)) == .dropOldAuthorities)
    }

    @Test("all is made anew where even the authority has expired")
    func expired() throws {
        #expect(rules.step(try made(), now: Self.start + .days(3650)) == .makeAll)
    }

    @Test("what somebody else renews is left to them")
    func foreign() throws {
        var secret = KubeObject(try made().written(into: KubeObject(["metadata": ["name": "tls", "namespace": "kube-system"]])).json)
        secret.set(nil, at: "data", "ca.key")
        let contents = try #require(try ServingSecretContents.read(secret))
        #expect(rules.step(contents, now: Self.start + .days(400)) == .keep)
    }

    @Test("is read as it was written, and the Secret's other fields stay")
    func roundTrip() throws {
        let empty = KubeObject(["metadata": ["name": "tls", "namespace": "kube-system", "resourceVersion": "7"], "type": "Opaque"])
        #expect(try ServingSecretContents.read(empty) == nil)
        let contents = try made()
        let written = contents.written(into: empty)
        #expect(try ServingSecretContents.read(written) == contents)
        #expect(written["type"] == "Opaque" && written.resourceVersion == "7")
        #expect(written.value(at: "data", "ca.crt")?.string == contents.caBundle)
    }

    @Test("what does not belong together is refused, by the Secret's name", arguments: ["tls.crt", "tls.key", "ca.crt", "ca.key"])
    func malformed(_ key: String) throws {
        let contents = try made()
        let other = try made()
        let secret = KubeObject(["metadata": ["name": "tls", "namespace": "kube-system"]])
        for value in ["!", "YWJj", other.written(into: secret).value(at: "data", key)?.string ?? ""] {
            var broken = contents.written(into: secret)
            broken.set(.string(value), at: "data", key)
            let error = #expect(throws: PKIError.self) { try ServingSecretContents.read(broken) }
            #expect(error?.message.contains("kube-system/tls") == true, "\(error?.message ?? "none")")
        }
    }
}
