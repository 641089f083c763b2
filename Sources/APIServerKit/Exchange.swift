// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging
import NIOCore
import NIOHTTP1

/// One request and its answer, on the connection's event loop.
///
/// The steps authenticate, authorize, handle follow one another at once where each answers `.ready`; one that has to wait
/// continues in `task`, and comes back to the event loop for the next step.
final class Exchange {
    let head: HTTPRequestHead
    /// Whether the connection may carry another request afterwards.
    var keepsAlive: Bool
    private unowned let handler: RequestHandler
    private let server: ServerContext
    private let auditID: String
    private var task: Task<Void, Never>?
    private var writer: ResponseChannel?
    private var isStreaming = false
    /// The seat it holds, or its place in a queue.
    private var ticket: FlowControl.Ticket?
    private var expiry: Scheduled<Void>?
    private var deadline: Scheduled<Void>?
    private var isOver = false
    /// Whether it counts among the requests under way.
    private var isCounted = false
    /// nil where the request is not audited.
    private var audit: AuditTrail?
    /// nil where the request could not be read.
    private var info: RequestInfo?

    init(head: HTTPRequestHead, handler: RequestHandler) {
        self.head = head
        self.handler = handler
        server = handler.server
        // After a request to upgrade, which is not granted, the decoder reads no further request.
        keepsAlive = handler.transport == .http2Stream || head.isKeepAlive && head.method != .CONNECT && !head.headers.contains(name: "upgrade")
        auditID = AuditID.of(head.headers)
    }

    func serve(_ body: [UInt8]) {
        setDeadline()
        do throws(APIError) {
            let target = try RequestTarget(head.uri)
            let info = try RequestInfo(method: head.method, path: target.path, query: target.query)
            self.info = info
            authenticate(
                APIRequest(
                    method: head.method, path: target.path, uri: head.uri, query: target.query, headers: head.headers, body: body, info: info,
                    user: .anonymous, auditID: auditID, remoteAddress: handler.connection.remoteAddress))
        } catch {
            respond(error)
        }
    }

    /// - Source: WithTimeoutForNonLongRunningRequests, k8s.io/apiserver pkg/server/filters/timeout.go
    private func setDeadline() {
        guard let limit = server.limits.answer, let eventLoop = handler.channelContext?.eventLoop else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        deadline = eventLoop.scheduleTask(in: TimeAmount(limit)) {
            let exchange = bound.value
            guard !exchange.isOver else { return }
            guard exchange.writer?.hasStarted ?? false else { return exchange.respond(APIError.tooLate) }
            exchange.over()
            exchange.handler.exchangeBroke()
        }
    }

    private func authenticate(_ request: APIRequest) {
        let now = server.now()
        switch server.authenticator.authenticate(AuthenticationRequest(headers: request.headers, connection: handler.connection, now: now)) {
        case .ready(let outcome): authorize(request, outcome)
        case .deferred(let wait):
            later(wait) { exchange, result in
                switch result {
                case .success(let outcome): exchange.authorize(request, outcome)
                case .failure(let error): exchange.respond(error)
                }
            }
        }
    }

    private func authorize(_ request: APIRequest, _ outcome: AuthenticationOutcome) {
        var request = request
        switch outcome {
        case .authenticated(let user, let consumedHeaders):
            for header in consumedHeaders { request.headers.remove(name: header) }
            request.headers.remove(name: "authorization")
            request.user = user.withAuthenticatedGroup
        case .noOpinion where server.allowsAnonymous: request.user = .anonymous
        case .noOpinion:
            beginAudit(request)
            return respond(APIError.unauthorized)
        case .failure(let reason):
            beginAudit(request)
            server.logger.debug("authentication failed", metadata: ["reason": "\(reason)", "remote": "\(handler.connection.remoteAddress)"])
            return respond(APIError.unauthorized)
        }
        beginAudit(request)
        guard isLet(in: request) else { return respond(APIError.tooManyRequests) }
        do throws(APIError) {
            guard let impersonation = try Impersonation(request.headers) else { return ask(request, request.info) { $0.handle(request, $1) } }
            impersonate(request, impersonation, impersonation.questions[...])
        } catch {
            respond(error)
        }
    }

    /// Before anyone is asked about its user, since it is that which takes long when much is under way.
    /// - Source: WithMaxInFlightLimit, k8s.io/apiserver pkg/server/filters/maxinflight.go
    private func isLet(in request: APIRequest) -> Bool {
        guard server.limits.requestsUnderWay != nil, FlowControlSettings.flow(of: request.user, request.info) != nil else { return true }
        isCounted = server.begin()
        return isCounted
    }

    /// Goes on as another user once the sender may be each of what that takes; nobody is answered as itself that asked as another.
    private func impersonate(_ request: APIRequest, _ impersonation: Impersonation, _ questions: ArraySlice<RequestInfo>) {
        guard let question = questions.first else {
            var request = request
            request.user = impersonation.user
            audit?.impersonated = impersonation.user
            for name in Set(request.headers.map(\.name)) where Impersonation.isHeader(name) { request.headers.remove(name: name) }
            let other = request
            return ask(other, other.info) { $0.handle(other, $1) }
        }
        ask(request, question) { exchange, decision in
            guard decision.isAllowed else { return exchange.respond(APIError.forbidden(request.user, question, reason: decision.reason)) }
            exchange.impersonate(request, impersonation, questions.dropFirst())
        }
    }

    private func ask(_ request: APIRequest, _ info: RequestInfo, _ then: @escaping (Exchange, AuthorizationDecision) -> Void) {
        switch server.authorizer.authorize(request.user, info, request.query) {
        case .ready(let decision): then(self, decision)
        case .deferred(let wait):
            later(wait) { exchange, result in
                switch result {
                case .success(let decision): then(exchange, decision)
                case .failure(let error): exchange.respond(error)
                }
            }
        }
    }

    private func handle(_ request: APIRequest, _ decision: AuthorizationDecision) {
        audit?.authorization = decision
        guard decision.isAllowed else { return respond(APIError.forbidden(request.user, request.info, reason: decision.reason)) }
        takeSeat(request) { $0.handle(request) }
    }

    /// Goes on at once or when the request's turn comes; 429 where its queue is full or its turn does not come in time.
    private func takeSeat(_ request: APIRequest, _ then: @escaping (Exchange) -> Void) {
        guard let flowControl = server.flowControl, let flow = FlowControlSettings.flow(of: request.user, request.info) else { return then(self) }
        guard let eventLoop = handler.channelContext?.eventLoop else { return }
        let bound = NIOLoopBound((self, then), eventLoop: eventLoop)
        let arrival = flowControl.arrive(flow.level, flow.identity) {
            eventLoop.execute {
                let (exchange, then) = bound.value
                exchange.expiry?.cancel()
                if !exchange.isOver { then(exchange) }
            }
        }
        switch arrival {
        case .rejected: respond(APIError.tooManyRequests)
        case .dispatched(let ticket):
            self.ticket = ticket
            then(self)
        case .queued(let ticket):
            self.ticket = ticket
            expiry = eventLoop.scheduleTask(in: flowControl.wait) { bound.value.0.respond(APIError.tooManyRequests) }
        }
    }

    private func leaveSeat() {
        guard let ticket else { return }
        self.ticket = nil
        expiry?.cancel()
        server.flowControl?.leave(ticket)
    }

    private func handle(_ request: APIRequest) {
        do {
            switch try server.handler.handle(request) {
            case .ready(let response): respond(response)
            case .deferred(let wait):
                later(wait) { exchange, result in
                    switch result {
                    case .success(let response): exchange.respond(response)
                    case .failure(let error): exchange.respond(error)
                    }
                }
            case .stream(let body): stream(body)
            }
        } catch {
            respond(error)
        }
    }

    // MARK: What takes time

    /// Runs `work` in a task that ends with the client, and `then` back on the event loop, unless the client has gone by then.
    private func later<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value, then: @escaping (Exchange, Result<Value, any Error>) -> Void
    ) {
        guard let channel = handler.channelContext?.channel else { return }
        guard register(channel) else { return respond(APIError.serviceUnavailable("the server is stopping")) }
        let bound = NIOLoopBound((self, then), eventLoop: channel.eventLoop)
        // Unstructured, since an event loop has no task to be a child of; held in `task`, and cancelled by `abandon`.
        task = Task {
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            channel.eventLoop.execute {
                let (exchange, then) = bound.value
                exchange.task = nil
                if !exchange.isOver { then(exchange, result) }
            }
        }
    }

    private func stream(_ body: @escaping @Sendable (any ResponseWriter) async throws -> Void) {
        guard let context = handler.channelContext else { return }
        let writer = ResponseChannel(exchange: self, eventLoop: context.eventLoop)
        self.writer = writer
        isStreaming = true
        let sendable = SendableResponseWriter(writer)
        later({ try await body(sendable) }) { exchange, result in exchange.endStream(result) }
    }

    private func endStream(_ result: Result<Void, any Error>) {
        switch (result, writer?.hasStarted ?? false) {
        case (.success, true): finish()
        case (.success, false): respond(APIError.internalError("the handler gave no answer"))
        case (.failure(let error), false): respond(error)
        case (.failure(let error), true) where error is CancellationError && handler.serverIsQuiescing: finish()
        case (.failure(let error), true):
            if !(error is CancellationError) {
                server.logger.info("answer cut short", metadata: ["path": "\(head.uri)", "auditID": "\(auditID)", "error": "\(error)"])
            }
            over()
            handler.exchangeBroke()
        }
    }

    /// HTTP/2 streams are known to the server only while they take time; connections always are.
    private func register(_ channel: any Channel) -> Bool { handler.transport == .http1 || server.connections.add(channel) }

    // MARK: From the connection

    /// The client has gone.
    func abandon() {
        over()
    }

    /// Streams would never end by themselves; the rest may.
    func serverIsStopping() {
        keepsAlive = false
        if isStreaming { task?.cancel() }
        writer?.stopWaiting()
    }

    func channelIsWritable() { writer?.stopWaiting() }

    private func over() {
        guard !isOver else { return }
        isOver = true
        deadline?.cancel()
        leaveSeat()
        if isCounted { server.end() }
        // A stream's end, and that of a request whose client went before its answer.
        endAudit(nil)
        task?.cancel()
        task = nil
        writer?.stopWaiting()
        if handler.transport == .http2Stream, let channel = handler.channelContext?.channel { server.connections.remove(channel) }
    }

    // MARK: Audit

    private func beginAudit(_ request: APIRequest) {
        guard let settings = server.audit else { return }
        let decision = settings.policy.decide(request.user, request.info)
        guard decision.level > .none else { return }
        audit = AuditTrail(
            request: request, decision: decision, received: server.now(), userAgent: head.headers.first(name: "user-agent") ?? "",
            readObject: settings.readObject)
        tell(.requestReceived)
    }

    private func tell(_ stage: AuditPolicy.Stage, answer: (body: [UInt8], type: String)? = nil) {
        guard let event = audit?.event(stage, at: server.now(), answer: answer) else { return }
        server.audit?.log.write(event)
    }

    private func endAudit(_ answer: (body: [UInt8], type: String)?) {
        guard audit != nil else { return }
        tell(.responseComplete, answer: answer)
        audit = nil
    }

    private func noteAnswer(_ status: HTTPResponseStatus) {
        audit?.code = status.code
        if let counter = server.requestCounter, let info { counter.count(info, code: status.code) }
    }

    // MARK: Writing

    func respond(_ error: any Error) {
        let error = ErrorResponse.apiError(error, logger: server.logger, path: head.uri, auditID: auditID)
        if error.code >= 500 { server.logger.debug("server error answered", metadata: ["path": "\(head.uri)", "message": "\(error.message)"]) }
        respond(ErrorResponse.response(error, accept: head.headers, encode: server.statusEncoder))
    }

    func respond(_ response: APIResponse) {
        guard !isOver else { return }
        guard Gzip.applies(head, response) else { return send(response) }
        // It takes longer than an event loop may be held.
        later({ try Gzip.compressed(response) }) { exchange, result in exchange.send((try? result.get()) ?? response) }
    }

    private func send(_ response: APIResponse) {
        guard !isOver, let context = handler.channelContext else { return }
        let mayHaveBody = response.status.mayHaveResponseBody
        noteAnswer(response.status)
        endAudit((response.body, response.headers.first(name: "content-type") ?? ""))
        var headers = completeHeaders(response.headers)
        if mayHaveBody { headers.replaceOrAdd(name: "Content-Length", value: String(response.body.count)) }
        write(.head(HTTPResponseHead(version: version, status: response.status, headers: headers)), context)
        if mayHaveBody, head.method != .HEAD, !response.body.isEmpty {
            write(.body(.byteBuffer(context.channel.allocator.buffer(bytes: response.body))), context)
        }
        finish()
    }

    func writeHead(_ status: HTTPResponseStatus, _ given: HTTPHeaders) {
        guard !isOver, let context = handler.channelContext else { return }
        leaveSeat()
        noteAnswer(status)
        if isStreaming { tell(.responseStarted) }
        // An answer without length is chunked; where it cannot be (HTTP/1.0) or must not (HEAD), its end is the connection's.
        let isDelimited = given.contains(name: "content-length") || handler.transport == .http2Stream || !status.mayHaveResponseBody
        let endsByClosing = !isDelimited && (version == .http1_0 || head.method == .HEAD)
        if endsByClosing { keepsAlive = false }
        var headers = completeHeaders(given)
        // These speak of one connection only, and this one is not the one they came from.
        for name in ["transfer-encoding", "keep-alive", "proxy-connection", "upgrade"] { headers.remove(name: name) }
        write(.head(HTTPResponseHead(version: endsByClosing ? .http1_0 : version, status: status, headers: headers)), context)
        context.flush()
    }

    /// Whether the channel takes more at once.
    func writeBody(_ bytes: [UInt8]) -> Bool {
        guard !isOver, let context = handler.channelContext else { return false }
        if head.method != .HEAD { write(.body(.byteBuffer(context.channel.allocator.buffer(bytes: bytes))), context) }
        context.flush()
        return context.channel.isWritable
    }

    var isWritingPossible: Bool { !isOver && handler.channelContext != nil }

    private func finish() {
        guard !isOver, let context = handler.channelContext else { return }
        over()
        let written = context.writeAndFlush(RequestHandler.wrapOutboundOut(.end(nil)))
        handler.exchangeEnded(self, written)
    }

    private func write(_ part: HTTPServerResponsePart, _ context: ChannelHandlerContext) {
        context.write(RequestHandler.wrapOutboundOut(part), promise: nil)
    }

    private var version: HTTPVersion { head.version.major < 2 && head.version.minor == 0 ? .http1_0 : .http1_1 }

    private func completeHeaders(_ given: HTTPHeaders) -> HTTPHeaders {
        var headers = HTTPHeaders([("Audit-Id", auditID)])
        if !given.contains(name: "cache-control") { headers.add(name: "Cache-Control", value: "no-cache, private") }
        headers.add(contentsOf: given)
        if !given.contains(name: "date") { headers.add(name: "Date", value: server.dateHeader) }
        headers.remove(name: "connection")
        if handler.transport == .http1 {
            if handler.serverIsQuiescing { keepsAlive = false }
            if !keepsAlive {
                headers.add(name: "Connection", value: "close")
            } else if version == .http1_0 {
                headers.add(name: "Connection", value: "keep-alive")
            }
        }
        return headers
    }
}
