// Dockerfile instructions, applied to a config.
@testable import ImagesServer
import Models
import Testing

struct ConfigChangesTests {
    private func config(_ changes: String...) throws -> OCIImageConfig { try ConfigChanges.apply(changes) }

    @Test func commandsHaveAnExecFormAndAShellForm() throws {
        #expect(try config(#"CMD ["a", "b c"]"#).cmd == ["a", "b c"])
        #expect(try config("cmd echo $HOME 'x'").cmd == ["/bin/sh", "-c", "echo $HOME 'x'"])
        #expect(try config("CMD [not json]").cmd == ["/bin/sh", "-c", "[not json]"])
        #expect(try config(#"ENTRYPOINT ["/bin/x"]"#).entrypoint == ["/bin/x"])
        #expect(try config("ENTRYPOINT run it").entrypoint == ["/bin/sh", "-c", "run it"])
        #expect(try config("ENTRYPOINT []").entrypoint == nil)
    }

    @Test func aNewEntrypointDropsTheOldCommandOnly() throws {
        var base = OCIImageConfig()
        base.cmd = ["old"]
        #expect(try ConfigChanges.apply(["ENTRYPOINT [\"x\"]"], to: base).cmd == nil)
        #expect(try ConfigChanges.apply(["CMD [\"new\"]", "ENTRYPOINT [\"x\"]"], to: base).cmd == ["new"])
    }

    @Test func environmentIsReplacedByNameAndExpanded() throws {
        #expect(
            try config("ENV A=1 B='two words' C=\"x $A y\"", "ENV A=${B}-${NONE:-none}${B:+!}").env
                == ["A=two words-none!", "B=two words", "C=x  y"])
        #expect(try config("ENV OLD some  value").env == ["OLD=some  value"])
        #expect(try config(#"ENV A=\$x B='$x' C="\"q\"""#).env == ["A=$x", "B=$x", "C=\"q\""])
    }

    @Test func setsCollectPortsVolumesAndLabels() throws {
        let config = try config("EXPOSE 80 53/udp 8000-8002/tcp", "VOLUME /a /b", #"VOLUME ["/c d"]"#, "LABEL a=b \"c d\"='e f'")
        #expect(config.exposedPorts?.keys.sorted() == ["53/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp"])
        #expect(config.volumes?.keys.sorted() == ["/a", "/b", "/c d"])
        #expect(config.labels == ["a": "b", "c d": "e f"])
    }

    @Test func directoriesAddUp() throws {
        #expect(try config("WORKDIR /a/b").workingDir == "/a/b")
        #expect(try config("WORKDIR /a", "WORKDIR b/../c/.").workingDir == "/a/c")
        #expect(try config("WORKDIR ../..").workingDir == "/")
        #expect(try config("ENV D=/data", "WORKDIR $D/x").workingDir == "/data/x")
    }

    @Test func restOfTheInstructions() throws {
        let config = try config("USER app:staff", "STOPSIGNAL SIGINT", "ONBUILD RUN make", "ONBUILD COPY . .")
        #expect(config.user == "app:staff")
        #expect(config.stopSignal == "SIGINT")
        #expect(config.onBuild == ["RUN make", "COPY . ."])
        for signal in ["9", "KILL", "sigterm", "SIGRTMIN+3", "RTMIN+20"] {
            #expect(try self.config("STOPSIGNAL \(signal)").stopSignal == signal)
        }
    }

    @Test func healthchecks() throws {
        let flags = "--interval=1m30s --timeout=500ms --start-period=2s --retries=5"
        let check = try #require(try config("HEALTHCHECK \(flags) CMD curl -f x").healthcheck)
        #expect(check.test == ["CMD-SHELL", "curl -f x"])
        #expect([check.interval, check.timeout, check.startPeriod] == [90_000_000_000, 500_000_000, 2_000_000_000])
        #expect(check.retries == 5)
        #expect(try config(#"HEALTHCHECK CMD ["true"]"#).healthcheck?.test == ["CMD", "true"])
        #expect(try config("HEALTHCHECK NONE").healthcheck?.test == ["NONE"])
    }

    @Test func linesContinueAndCommentsDont() throws {
        let lines = ChangeLine.parse(["# nothing\nENV A=1 \\\n  B=2\n\nCMD x", "USER u"])
        #expect(lines.map(\.instruction) == ["ENV", "CMD", "USER"])
        #expect(lines.map(\.arguments) == ["A=1 B=2", "x", "u"])
    }

    @Test(arguments: [
        ("RUN make", "run is not a valid change command"), ("FROM x", "from is not a valid change command"),
        ("ENV", "ENV requires at least one argument"), ("ENV A", "ENV must have two arguments"), ("ENV =x", "ENV names can not be blank"),
        ("ENV A=1 B", "Syntax error - can't find = in \"B\". Must be of the form: name=value"),
        ("ENV A='x", "unexpected end of statement while looking for matching single-quote"),
        ("EXPOSE 0", "invalid containerPort: 0"), ("EXPOSE 70000", "invalid containerPort: 70000"),
        ("EXPOSE 80/icmp", "invalid proto: icmp"),
        ("EXPOSE 9-8", "invalid containerPort: 9-8"), ("VOLUME [\"\"]", "VOLUME specified can not be an empty string"),
        ("WORKDIR", "WORKDIR requires exactly one argument"), ("STOPSIGNAL SIGNOPE", "invalid signal: SIGNOPE"),
        ("ONBUILD ONBUILD RUN x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"),
        ("ONBUILD FROM x", "FROM isn't allowed as an ONBUILD trigger"),
        ("HEALTHCHECK SHELL x", "Unknown type \"SHELL\" in HEALTHCHECK (try CMD)"),
        ("HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"), ("HEALTHCHECK --every=1s CMD x", "Unknown flag: every"),
        ("HEALTHCHECK --interval=-1s CMD x", "invalid duration in --interval=-1s"),
        ("HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"), ("ENV A=${B", "syntax error: missing '}'"),
    ])
    func refuses(_ change: String, _ words: String) {
        let error = #expect(throws: ChangeError.self) { try ConfigChanges.apply([change]) }
        #expect(error?.description == words)
    }
}
