// The connection's states by themselves.
import Testing

@testable import GatewayAPI

@Suite("Connection state machine") struct ConnectionStateMachineTests {
    private func raw() -> ConnectionStateMachine {
        var machine = ConnectionStateMachine()
        machine.readHead(hasUpgrade: true, saysClose: false)
        machine.arm()
        _ = machine.writeHead(takesOver: true, isInformational: false, saysClose: false)
        return machine
    }

    @Test func plainResponsesKeepTheConnection() {
        var machine = ConnectionStateMachine()
        for _ in 0..<3 {
            machine.readHead(hasUpgrade: false, saysClose: false)
            #expect(machine.isBusy)
            #expect(machine.writeHead(takesOver: false, isInformational: false, saysClose: false) == .forward)
            #expect(machine.writeEnd() == .forward)
            #expect(!machine.isBusy)
        }
    }

    @Test func anUpgradeThatIsNotTakenCloses() {
        var machine = ConnectionStateMachine()
        machine.readHead(hasUpgrade: true, saysClose: false)
        #expect(machine.writeHead(takesOver: false, isInformational: false, saysClose: false) == .forwardClosing)
        #expect(machine.writeEnd() == .forwardAndLinger)
    }

    @Test func aResponseThatSaysCloseCloses() {
        var machine = ConnectionStateMachine()
        machine.readHead(hasUpgrade: false, saysClose: false)
        #expect(machine.writeHead(takesOver: false, isInformational: false, saysClose: true) == .forwardClosing)
        #expect(machine.writeEnd() == .forwardAndLinger)
    }

    @Test func theResponseToTheLastRequestCloses() {
        var machine = ConnectionStateMachine()
        machine.readHead(hasUpgrade: false, saysClose: false)
        machine.readHead(hasUpgrade: false, saysClose: true)
        #expect(machine.writeHead(takesOver: false, isInformational: false, saysClose: false) == .forward)
        #expect(machine.writeEnd() == .forward)
        #expect(machine.writeHead(takesOver: false, isInformational: false, saysClose: false) == .forwardClosing)
        #expect(machine.writeEnd() == .forwardAndLinger)
    }

    @Test func afterTheLastOutputItLingers() {
        var open = ConnectionStateMachine()
        #expect(open.finishOutput() == .flushAndLinger)
        #expect(open.isLingering)
        #expect(open.linger() == .closeOutput)
        #expect(open.finishOutput() == .none)
        var closed = ConnectionStateMachine()
        _ = closed.inputClosed()
        #expect(closed.finishOutput() == .flushAndLinger)
        #expect(closed.linger() == .close)
        var handedOver = ConnectionStateMachine()
        handedOver.surrender()
        #expect(handedOver.finishOutput() == .forward)
        #expect(handedOver.isSurrendered)
    }

    @Test func anInformationalHeadDecidesNothing() {
        var machine = ConnectionStateMachine()
        machine.readHead(hasUpgrade: true, saysClose: false)
        machine.arm()
        #expect(machine.writeHead(takesOver: false, isInformational: true, saysClose: false) == .forward)
        #expect(machine.writeHead(takesOver: true, isInformational: false, saysClose: false) == .becomeRaw(inputIsFinished: false))
    }

    @Test func aMarkWithoutArmingIsAnOrdinaryResponse() {
        var machine = ConnectionStateMachine()
        machine.readHead(hasUpgrade: false, saysClose: false)
        #expect(machine.writeHead(takesOver: true, isInformational: false, saysClose: false) == .forward)
        #expect(!machine.isRaw)
    }

    @Test func anErrorAfterArmingIsAnOrdinaryResponse() {
        var machine = ConnectionStateMachine()
        machine.readHead(hasUpgrade: false, saysClose: false)
        machine.arm()
        #expect(machine.writeHead(takesOver: false, isInformational: false, saysClose: false) == .forward)
        #expect(machine.writeEnd() == .forward)
        #expect(machine.inputClosed() == .reportDeparture)
    }

    @Test func theRawEndFlushesAndCloses() {
        var machine = raw()
        #expect(machine.isRaw)
        #expect(machine.writeEnd() == .flushAndLinger)
    }

    @Test func inputClosedMeansWhatThePhaseSays() {
        var plain = ConnectionStateMachine()
        #expect(plain.inputClosed() == .reportDeparture)
        var armed = ConnectionStateMachine()
        armed.arm()
        #expect(armed.inputClosed() == .none)
        #expect(armed.writeHead(takesOver: true, isInformational: false, saysClose: false) == .becomeRaw(inputIsFinished: true))
        var taken = raw()
        #expect(taken.inputClosed() == .finishBytes)
    }

    @Test func readsAreHeldOnlyWhileARawConsumerIsFull() {
        var plain = ConnectionStateMachine()
        plain.consumerBecameFull()
        #expect(plain.read() == .read)
        var machine = raw()
        #expect(machine.read() == .read)
        machine.consumerBecameFull()
        #expect(machine.read() == .hold)
        #expect(machine.consumerWantsMore() == .read)
        #expect(machine.consumerWantsMore() == .none)
        #expect(machine.read() == .read)
    }

    @Test func quiescingClosesTheIdleAndTheRawAndHurriesTheBusy() {
        var idle = ConnectionStateMachine()
        #expect(idle.quiesce() == .close)
        var taken = raw()
        #expect(taken.quiesce() == .close)
        var busy = ConnectionStateMachine()
        busy.readHead(hasUpgrade: false, saysClose: false)
        #expect(busy.quiesce() == .reportDeparture)
        #expect(busy.writeHead(takesOver: false, isInformational: false, saysClose: false) == .forwardClosing)
        #expect(busy.writeEnd() == .forwardAndLinger)
    }

    @Test func lingeringReadsOnAndClosesWithTheClient() {
        var machine = raw()
        machine.consumerBecameFull()
        #expect(machine.writeEnd() == .flushAndLinger)
        #expect(machine.isLingering)
        #expect(machine.read() == .read)
        #expect(machine.linger() == .closeOutput)
        #expect(machine.inputClosed() == .close)
        #expect(machine.linger() == .close)
        #expect(machine.quiesce() == .close)
    }

    @Test func aRefusedRequestLingers() {
        var machine = ConnectionStateMachine()
        machine.refuse()
        #expect(machine.isLingering)
        #expect(machine.linger() == .closeOutput)
    }
}
