using System.Reflection;
using Engine.Emulator;
using Engine.Emulator.Devices;
using Engine.Emulator.Loading;
using Engine.Emulator.Memory;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator;

/// <summary>Nothing reads or writes memory that has been given back, whoever disposes and whenever.</summary>
public sealed class DisposedMachineTests
{
    // What stays to be read: objects of their own, and counts.
    private static readonly string[] Readable =
    [
        "Memory", "Traps", "Devices", "HartCount", "InterruptLinesOfHarts", "Producers", "InterruptLines", "DeviceObserver", "RamSize",
        "Machine", "Ram", "Hit",
    ];

    [Test]
    public void Every_member_of_a_disposed_machine_board_or_memory_says_so()
    {
        var board = new VirtBoard(new VirtBoardOptions { Machine = new MachineOptions { RamSize = 1 << 20 } });
        Machine machine = board.Machine;
        GuestMemory memory = machine.Memory;
        board.Dispose();
        board.Dispose();
        machine.Dispose();
        memory.Dispose();
        Assert.Multiple(() =>
        {
            foreach (object owner in (object[])[board, machine, memory])
            {
                const BindingFlags PublicMembers = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
                foreach (MethodInfo method in owner.GetType().GetMethods(PublicMembers))
                {
                    string name = $"{owner.GetType().Name}.{method.Name}";
                    bool isReadable = method.Name.StartsWith("get_", StringComparison.Ordinal) && Readable.Contains(method.Name[4..]);
                    bool usesSpans = method.GetParameters().Any(static parameter => parameter.ParameterType.IsByRefLike);
                    if (!isReadable && !usesSpans && method.Name is not ("Dispose" or "DeadlineChanged"))
                        Expect(() => method.Invoke(owner, [.. method.GetParameters().Select(Argument)]), name);
                }
            }

            Expect(() => memory.TryRead(GuestMemory.RamBase, new byte[8]), "TryRead");
            Expect(() => memory.TryWrite(GuestMemory.RamBase, new byte[8]), "TryWrite");
            Expect(() => memory.WriteRom(GuestMemory.RomBase, new byte[8]), "WriteRom");
        });
    }

    [Test]
    public void Disposing_the_memory_of_a_machine_disposes_the_machine()
    {
        var machine = new Machine(new MachineOptions { RamSize = 1 << 20 });
        machine.Memory.Dispose();
        Expect(() => machine.Run(1), "Run");
        Expect(() => machine.GetRegister(1), "GetRegister");
        machine.Dispose();
    }

    [Test]
    public async Task Disposing_while_another_thread_runs_ends_the_run_which_gives_the_memory_back([Values] bool isIdle)
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        long freed = 0;
        engine.Subscribe((in MemoryFreed _, in Events.Envelope _) => freed++);
        engine.Start();
        var machine = new TestMachine([isIdle ? Asm.Wfi : Asm.Addi(1, 1, 1), Asm.Jal(0, -4)], engine);
        machine.Machine.Attach(new Uart16550(new Plic(machine.Machine.InterruptLines), new ConsoleInput(), _ => { }));
        Task<MachineRunResult> run = Task.Run(() => machine.Machine.Run());
        Eventually.IsTrue(() => machine.Machine.RetiredInstructions > 0);
        machine.Dispose();
        Assert.That(Eventually.Result(run).Reason, Is.EqualTo(VCpuExitReason.Cancelled));
        Expect(() => machine.Machine.Run(1), "Run");
        await engine.StopAsync(Eventually.HangGuard);
        Assert.That(freed, Is.EqualTo(1));
    }

    [Test]
    public async Task A_machine_may_be_disposed_by_its_own_event_and_output_handlers()
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        TestMachine? machine = null;
        engine.Subscribe(
            (in InstructionRetired _, in Events.Envelope _) => machine!.Dispose(),
            new SubscriptionOptions<InstructionRetired> { Delivery = Delivery.Inline });
        engine.Start();
        machine = new TestMachine([Asm.Ld(2, 1), Asm.Sd(2, 1), Asm.Jal(0, -8)], engine);
        machine[1] = TestMachine.Data;
        Assert.That(machine.Machine.Run().Reason, Is.EqualTo(VCpuExitReason.Cancelled));
        Expect(() => machine.Machine.Run(1), "Run");
    }

    [Test]
    public void A_machine_runs_on_one_thread_at_a_time()
    {
        using var machine = new TestMachine([Asm.Spin]);
        Task<MachineRunResult> run = Task.Run(() => machine.Machine.Run());
        Eventually.IsTrue(() => machine.Machine.RetiredInstructions > 0);
        Assert.That(() => machine.Machine.Run(1), Throws.InvalidOperationException.With.Message.Contains("one thread at a time"));
        machine.Machine.RequestStop();
        Assert.That(Eventually.Result(run).Reason, Is.EqualTo(VCpuExitReason.Cancelled));
    }

    [Test]
    public void Threads_that_use_a_memory_while_it_is_disposed_finish_or_are_told()
    {
        for (int round = 0; round < 200; round++)
        {
            var memory = new GuestMemory(1 << 20);
            int told = 0;
            void Use(Action<byte[]> use)
            {
                byte[] bytes = new byte[64 << 10];
                try
                {
                    while (true)
                        use(bytes);
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref told);
                }
            }

            Threads.Run(
                () => Use(bytes => memory.TryRead(GuestMemory.RamBase, bytes)),
                () => Use(bytes => memory.TryWrite(GuestMemory.RamBase, bytes)),
                () => Use(bytes => memory.WriteRom(GuestMemory.RomBase, bytes.AsSpan(0, 4096))),
                memory.Dispose);
            Assert.That(told, Is.EqualTo(3));
        }
    }

    private static object? Argument(ParameterInfo parameter) => parameter.ParameterType switch
    {
        { } type when type == typeof(string) => typeof(DisposedMachineTests).Assembly.Location,
        { } type when type == typeof(Stream) => new MemoryStream(),
        { } type when type == typeof(IMmioDevice) => new TestFinisher(),
        { } type when type == typeof(RawImage) => new RawImage(typeof(DisposedMachineTests).Assembly.Location, GuestMemory.RamBase),
        { IsValueType: true } type => Activator.CreateInstance(type),
        _ => null,
    };

    private static void Expect(Action action, string what)
    {
        try
        {
            action();
            Assert.Fail($"{what} does not say that its owner is disposed");
        }
        catch (Exception error) when ((error as TargetInvocationException)?.InnerException is ObjectDisposedException
            || error is ObjectDisposedException)
        {
            // As it should be.
        }
        catch (TargetInvocationException error)
        {
            Assert.Fail($"{what}: {error.InnerException}");
        }
    }
}
