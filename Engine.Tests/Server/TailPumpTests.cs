using Engine.Gateway.Streams;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>Waiting for the pump: whoever waits is woken, by a pulse or by an abort, and may wait again at once.</summary>
public sealed class TailPumpTests
{
    private const int Pulses = 20_000;
    private const int Waiters = 8;

    [Test]
    public async Task Nobody_misses_a_pulse_or_an_abort_whenever_it_comes()
    {
        var pump = new TailPump(new GatewayOptions(), static () => 0, static () => 1, static () => { });
        // It pulses from time to time by itself, which would hide what is missed. From here on only the test does.
        pump.Dispose();
        await pump.Completion;
        long published = 0;
        using var abort = new CancellationTokenSource();
        Task[] untilAll = [.. Enumerable.Range(0, Waiters).Select(_ => Task.Run(async () =>
        {
            var waiter = new PumpWaiter();
            while (true)
            {
                long pulses = pump.Pulses;
                if (Volatile.Read(ref published) == Pulses)
                    return;
                await pump.WaitAsync(waiter, pulses);
            }
        }))];
        Task[] untilAbort = [.. Enumerable.Range(0, Waiters).Select(_ => Task.Run(async () =>
        {
            var waiter = new PumpWaiter();
            using CancellationTokenRegistration waking = abort.Token.UnsafeRegister(static one => ((PumpWaiter)one!).Wake(), waiter);
            while (!abort.IsCancellationRequested)
            {
                ValueTask wait = pump.WaitAsync(waiter, pump.Pulses);
                if (abort.IsCancellationRequested)
                    waiter.Wake();
                await wait;
            }
        }))];
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < Pulses / 2; i++)
            {
                Interlocked.Increment(ref published);
                pump.Pulse();
            }
        })));
        await Task.WhenAll(untilAll).WaitAsync(Eventually.HangGuard);
        await abort.CancelAsync();
        await Task.WhenAll(untilAbort).WaitAsync(Eventually.HangGuard);
    }
}
