using System.Text.Json;
using Engine.Bus;
using Engine.Gateway.Feeds;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Engine.Server.Machines;
using Engine.Tests.Emulator.Loading;
using Engine.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Engine.Tests.Server;

/// <summary>A guest that is run again and again: its life as events.</summary>
public sealed class MachineHostTests
{
    // lui a0, 0x100; lui a1, 5; addiw a1, a1, 0x555; sw a1, 0(a0); j .
    private static readonly uint[] Exits = [0x0010_0537, 0x0000_55B7, 0x5555_859B, 0x00B5_2023, 0x0000_006F];

    // lui a0, 0x10000; loop: li a1, 'y'; sb a1, 0(a0); li a1, '\n'; sb a1, 0(a0); j loop
    private static readonly uint[] Prints = [0x1000_0537, 0x0790_0593, 0x00B5_0023, 0x00A0_0593, 0x00B5_0023, 0xFF1F_F06F];

    private readonly ManualTime _time = new();

    [Test]
    public async Task Guest_that_ends_is_started_again_and_each_step_is_told()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        await using (MachineHost host = Start(gateway, Image(Exits), out IDisposable attachment))
        {
            using (attachment)
            {
                Eventually.IsTrue(() =>
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    return StatesOf(gateway).Count >= 4;
                });
            }
        }

        List<(string Old, string New, string Reason)> states = StatesOf(gateway);
        Assert.That(states[0], Is.EqualTo(("created", "running", "started")));
        Assert.That(states[1], Is.EqualTo(("running", "stopped", "guest_exit")));
        Assert.That(states[2], Is.EqualTo(("stopped", "running", "started")));
        JsonElement rates = EventsOf(gateway, "vm_rates").First(static data => data.GetProperty("state").GetString() == "stopped");
        Assert.That(rates.GetProperty("instructions").GetInt64(), Is.EqualTo(10), "What boot ROM and guest retired before it ended.");
        Assert.That(EventsOf(gateway, "vm_page_faults"), Is.Not.Empty);
        Assert.That(EventsOf(gateway, "vm_hot_blocks"), Is.Not.Empty);
    }

    [Test]
    public async Task Guest_without_end_is_ended_in_order()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        MachineHost host = Start(gateway, Image(Prints), out IDisposable attachment);
        using (attachment)
        {
            Eventually.IsTrue(() =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(500));
                return ConsoleOf(gateway).Contains("y\ny\n", StringComparison.Ordinal) && EventsOf(gateway, "vm_rates").Count > 0;
            });
            await host.DisposeAsync();
        }

        Assert.That(StatesOf(gateway), Is.EqualTo([("created", "running", "started"), ("running", "stopped", "cancelled")]));
        Assert.That(EventsOf(gateway, "vm_rates")[^1].GetProperty("state").GetString(), Is.EqualTo("stopped"));
    }

    [Test]
    public async Task Guest_that_cannot_be_loaded_is_told_and_tried_again()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        MachineHost host = Start(gateway, new MachineImage("broken", new byte[] { 1, 2, 3 }), out IDisposable attachment);
        using (attachment)
        {
            Eventually.IsTrue(() =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return StatesOf(gateway).Count >= 2;
            });
            await host.DisposeAsync();
        }

        Assert.That(StatesOf(gateway)[0], Is.EqualTo(("created", "failed", "GuestLoadException")));
        Assert.That(StatesOf(gateway)[1], Is.EqualTo(("failed", "failed", "GuestLoadException")));
    }

    private static MachineImage Image(uint[] code) =>
        new("test", new ElfBuilder { Contents = [.. code.SelectMany(BitConverter.GetBytes)] }.Build(), 2UL << 20);

    private static MachineHost Start(EventGateway gateway, MachineImage image, out IDisposable attachment)
    {
        var bus = new EventBus("test");
        bus.Start();
        attachment = gateway.Attach(bus);
        var host = new MachineHost(gateway, bus, image, "node", NullLogger<MachineHost>.Instance);
        host.Start();
        return host;
    }

    private static string ConsoleOf(EventGateway gateway) =>
        string.Concat(EventsOf(gateway, "vm_console").Select(static data => data.GetProperty("text").GetString()));

    private static List<(string Old, string New, string Reason)> StatesOf(EventGateway gateway) =>
    [
        .. EventsOf(gateway, "container_status").Select(static data => (
            data.GetProperty("old_state").GetString()!, data.GetProperty("new_state").GetString()!,
            data.GetProperty("reason").GetString()!)),
    ];

    private static List<JsonElement> EventsOf(EventGateway gateway, string type)
    {
        var batch = new FrameBatch { UpTo = gateway.History.LastSequence, MaxFrames = int.MaxValue, MaxBytes = long.MaxValue };
        ValueTask reading = gateway.History.ReadAsync(batch, default);
        Assert.That(reading.IsCompletedSuccessfully, Is.True, "The ring reads at once.");
        return
        [
            .. batch.Frames.Where(frame => frame.Type == type).Select(static frame =>
            {
                using JsonDocument json = JsonDocument.Parse(frame.Envelope);
                return json.RootElement.GetProperty("data").Clone();
            }),
        ];
    }
}
