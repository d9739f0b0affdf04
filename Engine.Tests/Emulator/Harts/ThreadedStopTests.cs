using Engine.Emulator;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Tests.Emulator.Boundaries;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Harts;

/// <summary>
/// Causal breakpoints of several harts: at a hit as many events have happened as the condition says, to subscribers and to the guest,
/// whichever hart was to cause the next one.
/// </summary>
public sealed class ThreadedStopTests
{
    [Test]
    public async Task At_each_stop_exactly_the_events_before_it_have_been_seen(
        [Values] HartScheduling scheduling, [Values(1, 7)] int nth)
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        int seen = 0;
        engine.SubscribeBatch<GuestCalled>((calls, in _) => Interlocked.Add(ref seen, calls.Length));
        engine.Start();
        using var harts = new CallingHarts(3, scheduling, engine);
        CausalBreakpoint breakpoint = harts.Machine.Break(EventCondition.On<GuestCalled>(nth: nth));
        for (int hit = 1; hit <= 120; hit++)
        {
            Assert.That(harts.Machine.Run().Reason, Is.EqualTo(VCpuExitReason.Breakpoint));
            Assert.That(harts.Machine.Hit!.At.Pc, Is.EqualTo(CallingHarts.Calling));
            if (hit % 10 != 0)
                continue;
            Assert.That(harts.Machine.Cut(Eventually.HangGuard).Outcome, Is.EqualTo(CutOutcome.Done));

            // A hart that was stopped before its event in an earlier run may still stand there.
            int standing = harts.Machine.Cpus.Count(static cpu => cpu.Hart.Pc == CallingHarts.Calling);
            Assert.That((hit * nth) - seen, Is.InRange(1, scheduling == HartScheduling.InTurn ? 1 : standing), "told");
            Assert.That(breakpoint.HitCount, Is.EqualTo(hit));
            Assert.That(harts.Called, Is.LessThanOrEqualTo(seen), "visible to the others");
        }

        breakpoint.Dispose();
        Assert.That(harts.Machine.Run(100_000).Reason, Is.EqualTo(VCpuExitReason.InstructionBudget));
        harts.Machine.Cut(Eventually.HangGuard);
        Assert.That(seen, Is.GreaterThan(120 * nth));
    }

    [Test]
    public void An_instruction_is_stopped_before_and_counted_for_all_harts([Values] HartScheduling scheduling, [Values(1, 11)] int nth)
    {
        using var harts = new CallingHarts(3, scheduling);
        harts.Machine.Break(EventCondition.On<InstructionRetired>(static i => i.Pc == CallingHarts.Adding, nth));
        for (int hit = 1; hit <= 120; hit++)
        {
            Assert.That(harts.Machine.Run().Reason, Is.EqualTo(VCpuExitReason.Breakpoint));

            // Each that was offered before has run, or its hart stands at it.
            int standing = harts.Machine.Cpus.Count(static cpu => cpu.Hart.Pc == CallingHarts.Adding);
            int offered = hit * nth;
            Assert.That(offered - harts.Added, Is.InRange(1, standing));
        }
    }

    [Test]
    public void A_sequence_goes_on_with_whichever_hart_comes_next([Values] HartScheduling scheduling)
    {
        using var harts = new CallingHarts(3, scheduling);
        harts.Machine.Break(EventCondition.On<GuestCalled>(nth: 2)
            .Then(EventCondition.On<InstructionRetired>(static i => i.Pc == CallingHarts.Adding, 3)));
        uint before = 0;
        for (int hit = 1; hit <= 100; hit++)
        {
            Assert.That(harts.Machine.Run().Reason, Is.EqualTo(VCpuExitReason.Breakpoint));
            Assert.That(harts.Machine.Hit!.At.Pc, Is.EqualTo(CallingHarts.Adding));
            Assert.That(harts.Added, Is.GreaterThan(before));
            before = harts.Added;
        }
    }

    [Test]
    public void Stops_before_interrupts_change_nothing_of_the_guest([Values] HartScheduling scheduling)
    {
        var options = new MachineOptions { RamSize = 1 << 20, HartCount = 3, Scheduling = scheduling, TurnInstructions = 97 };
        using TestMachine guest = InterruptedGuest.Create(options: options);
        CausalBreakpoint breakpoint = guest.Machine.Break(EventCondition.On<InterruptRaised>(nth: 2));
        for (int stops = 1; stops <= 40; stops++)
        {
            Assert.That(guest.Machine.Run().Reason, Is.EqualTo(VCpuExitReason.Breakpoint));
            Assert.That(breakpoint.HitCount, Is.EqualTo(stops));
            long taken = guest.Machine.Traps.Interrupts.ToArray().Sum();
            Assert.That((stops * 2) - taken, Is.InRange(1, scheduling == HartScheduling.InTurn ? 1 : 3));
        }
    }

    [Test]
    public void A_second_condition_does_not_offer_the_event_again()
    {
        using var harts = new CallingHarts(1, HartScheduling.InTurn);
        CausalBreakpoint first = harts.Machine.Break(EventCondition.On<GuestCalled>());
        harts.Machine.Run();
        ulong at = harts.Machine.RetiredInstructions;
        harts.Machine.Break(EventCondition.On<GuestCalled>(nth: 1_000));
        Assert.That(harts.Machine.Run().Reason, Is.EqualTo(VCpuExitReason.Breakpoint));
        Assert.That(harts.Machine.RetiredInstructions, Is.GreaterThan(at));
        Assert.That(first.HitCount, Is.EqualTo(2));
    }
}
