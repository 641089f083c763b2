// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0
import KubeModel
struct StubError: Error {}
struct Quantity: Comparable, CustomStringConvertible { var v: Double = 0; init(_ t: String) throws(StubError) { guard let d = Double(t) else { throw StubError() }; v = d }
  static func < (a: Self, b: Self) -> Bool { a.v < b.v }; var description: String { "\(v)" } }
struct LabelSelector: Sendable, CustomStringConvertible { var want: [String: String] = [:]
  init(parsing t: String) throws(StubError) { for p in t.split(separator: ",") { let kv = p.split(separator: "="); want[String(kv[0])] = String(kv.last!) } }
  init(object: JSONValue?) throws(StubError) { want = object?["matchLabels"]?.stringMap ?? [:] }
  func matches(_ l: [String: String]) -> Bool { want.allSatisfy { l[$0.key] == $0.value } }
  var description: String { want.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") } }
struct FieldSelector { struct R { var field: String; var value: String; var isNegated: Bool }; var requirements: [R] = []
  init(parsing t: String) throws(StubError) { for p in t.split(separator: ",") { let kv = p.split(separator: "="); requirements.append(R(field: String(kv[0]), value: kv.count > 1 ? String(kv[1]) : "", isNegated: kv[0].hasSuffix("!"))) } } }
