// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How an error of the API reads in conditions and events. What a server said in a `Status` stands as it is; an answer that was no
/// `Status` is put into words by its code, as upstream's client does.
///
/// - Parameter request: What was asked, for those words: `get pods.metrics.k8s.io`.
/// - Source: `NewGenericServerResponse`, kubernetes v1.36 staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go
func words(for error: any Error, request: String) -> String {
    guard let error = error as? APIError else { return "\(error)" }
    guard error.reason.rawValue.isEmpty else { return error.message }
    let message =
        switch error.code {
        case 404: "the server could not find the requested resource"
        case 405: "the server does not allow this method on the requested resource"
        case 401: "the server has asked for the client to provide credentials"
        case 403: "the server does not allow access to the requested resource"
        case 429: "the server has received too many requests and has asked us to try again later"
        case 500: "an error on the server has prevented the request from succeeding"
        case 503: "the server is currently unable to handle the request"
        case 504: "the server was unable to return a response in the time allotted, but may still be processing the request"
        default: "the server responded with the status code \(error.code) but did not return more information"
        }
    return "\(message) (\(request))"
}
