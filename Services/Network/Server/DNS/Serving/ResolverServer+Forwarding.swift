// Queries for names that are not the engine's, passed on to name servers.
import Glibc
import Linux

extension ResolverServer {
    func forward(_ query: DNSMessage, for asker: Asker, _ client: ResolverClient) {
        let key = AnswerCache.Key(client: client.id, query: query)
        if let known = key.flatMap({ cache.answer($0, at: now) }) {
            return send(DNSReply.pass(known, to: query, limit: asker.limit(query)), to: asker)
        }
        guard let sandbox = served[client.id], sandbox.inFlight < Self.mostInFlight, pending.count < Self.mostInFlightOfAll else {
            return refuse(query, .refused, asker)
        }
        let upstreams = Array(client.upstreams(host: hostServers).prefix(ForwardRace.mostUpstreams))
        guard !upstreams.isEmpty, let sent = ForwardedQuery(query) else { return refuse(query, .serverFailure, asker) }
        let (order, probe) = health.order(upstreams, at: now)
        let serial = nextSerial()
        pending[serial] = PendingQuery(
            asker: asker, query: query, sent: sent, cacheKey: key, path: sandbox.path,
            race: ForwardRace(order, configured: upstreams, dead: Set(upstreams.filter(health.isDead)), probe: probe, at: now))
        served[client.id]?.inFlight += 1
        advance(serial)
    }

    private func refuse(_ query: DNSMessage, _ code: DNSCode, _ asker: Asker) {
        send(DNSReply.make(to: query, code, limit: asker.limit(query)), to: asker)
    }

    /// Asks whoever's turn it is, and waits for the next turn.
    private func advance(_ serial: UInt64) {
        while let query = pending[serial], query.race.nextDue <= now {
            if query.race.isSettled(at: now) { return settle(serial, query.fallback) }
            if now >= query.race.deadline { return conclude(serial, nil) }
            for upstream in query.race.take(at: now) { ask(upstream, serial, isStream: false) }
        }
        guard let query = pending[serial] else { return }
        if let timer = query.timer { cancel(timer) }
        query.timer = schedule(after: max(1, query.race.nextDue - now)) { server in
            server.pending[serial]?.timer = nil
            server.advance(serial)
        }
    }

    private func ask(_ upstream: Upstream, _ serial: UInt64, isStream: Bool) {
        guard let query = pending[serial] else { return }
        do {
            let socket = try sockets.open(
                in: upstream.isHosts ? nil : query.path, family: upstream.address.family.domain, isStream ? SOCK_STREAM : SOCK_DGRAM)
            try socket.connect(upstream.address, Self.domainPort)
            var exchange = PendingQuery.Exchange(socket: socket, upstream: upstream, isStream: isStream)
            if isStream {
                exchange.unsent = StreamFraming.frame(query.sent.bytes)[...]
            } else if Glibc.send(socket.raw, query.sent.bytes, query.sent.bytes.count, Int32(MSG_NOSIGNAL)) < 0 {
                throw KernelError(operation: "send to \(upstream.address)", code: errno)
            }
            let number = nextSerial()
            query.exchanges[number] = exchange
            try watch(socket.raw, isStream ? .writable : .readable) { server, _ in server.progress(serial, number) }
        } catch {
            hear(upstream, .unreachable, nil, serial)
        }
    }

    private static let domainPort: UInt16 = 53

    private func progress(_ serial: UInt64, _ number: UInt64) {
        guard let query = pending[serial], let exchange = query.exchanges[number] else { return }
        if !exchange.unsent.isEmpty { return sendRest(serial, number) }
        let count = recv(exchange.socket.raw, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 || count == 0 && !exchange.isStream else { return fail(serial, number) }
        let bytes = Array(buffer[..<count])
        let messages = exchange.isStream ? query.exchanges[number]?.framing.take(bytes) ?? [] : [bytes]
        // What isn't the answer is somebody else's noise: the answer may still come.
        guard let answer = messages.lazy.compactMap({ query.sent.answer(in: $0) }).first else { return }
        close(number, of: query)
        if answer.header.isTruncated, !exchange.isStream {
            health.answered(exchange.upstream)
            query.fallback = answer
            ask(exchange.upstream, serial, isStream: true)
        } else {
            hear(exchange.upstream, ForwardRace.Outcome(answer), answer, serial)
        }
    }

    private func sendRest(_ serial: UInt64, _ number: UInt64) {
        guard let query = pending[serial], let exchange = query.exchanges[number] else { return }
        let count = exchange.unsent.withUnsafeBytes {
            Glibc.send(exchange.socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count >= 0 else { return fail(serial, number) }
        query.exchanges[number]?.unsent.removeFirst(count)
        if count == exchange.unsent.count { modify(exchange.socket.raw, .readable) }
    }

    private func fail(_ serial: UInt64, _ number: UInt64) {
        guard let query = pending[serial], let exchange = query.exchanges[number] else { return }
        close(number, of: query)
        hear(exchange.upstream, .unreachable, nil, serial)
    }

    private func hear(_ upstream: Upstream, _ outcome: ForwardRace.Outcome, _ answer: DNSMessage?, _ serial: UInt64) {
        guard let query = pending[serial] else { return }
        if outcome != .unreachable { health.answered(upstream) }
        switch query.race.heard(upstream, outcome, at: now) {
        case .won: settle(serial, answer)
        case .settled:
            keep(answer, query, outcome)
            settle(serial, query.fallback)
        case .lost:
            conclude(serial, query.fallback ?? answer)
        case .wait:
            keep(answer, query, outcome)
            advance(serial)
        }
    }

    /// That there is nothing says more than a refusal, and an answer that was cut more than that.
    private func keep(_ answer: DNSMessage?, _ query: PendingQuery, _ outcome: ForwardRace.Outcome) {
        let isBetter = outcome == .negative && query.fallback?.header.isTruncated != true
        query.fallback = isBetter ? answer : query.fallback ?? answer
    }

    /// Concludes a query that has its answer.
    private func settle(_ serial: UInt64, _ answer: DNSMessage?) {
        guard let race = pending[serial]?.race else { return }
        for silent in race.silent(at: now) { health.failed(silent, at: now, isDead: race.hadItsTime(silent, at: now)) }
        conclude(serial, answer)
    }

    /// Answers a query, and forgets it. Without an answer, the client is told that there was none.
    private func conclude(_ serial: UInt64, _ answer: DNSMessage?) {
        guard let query = pending[serial] else { return }
        abandon(serial)
        guard let answer = answer ?? query.fallback else {
            for silent in query.race.silent(at: now) { health.failed(silent, at: now, isDead: true) }
            return refuse(query.query, .serverFailure, query.asker)
        }
        if let key = query.cacheKey { cache.store(answer, for: key, at: now) }
        send(DNSReply.pass(answer, to: query.query, limit: query.asker.limit(query.query)), to: query.asker)
    }

    /// Forgets a query and closes its sockets.
    func abandon(_ serial: UInt64) {
        guard let query = pending.removeValue(forKey: serial) else { return }
        if let timer = query.timer { cancel(timer) }
        for number in query.exchanges.keys { close(number, of: query) }
        served[query.asker.sandbox]?.inFlight -= 1
    }

    private func close(_ number: UInt64, of query: PendingQuery) {
        guard let exchange = query.exchanges.removeValue(forKey: number) else { return }
        unwatch(exchange.socket.raw)
    }
}
