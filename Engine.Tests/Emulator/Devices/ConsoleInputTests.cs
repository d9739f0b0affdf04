using Engine.Emulator.Devices;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Devices;

public sealed class ConsoleInputTests
{
    [Test]
    public void Bytes_come_out_in_order()
    {
        var input = new ConsoleInput();
        input.Enqueue("ab"u8);
        input.Enqueue("c"u8);
        var taken = new List<byte>();
        while (input.TryDequeue(out byte value))
            taken.Add(value);
        Assert.That(taken, Is.EqualTo("abc"u8.ToArray()));
    }

    [Test]
    public void Bytes_after_completion_are_dropped()
    {
        var input = new ConsoleInput();
        input.Enqueue("a"u8);
        input.Complete();
        input.Enqueue("b"u8);
        Assert.Multiple(() =>
        {
            Assert.That(input.IsCompleted, Is.True);
            Assert.That(input.TryDequeue(out byte first) && first == 'a', Is.True);
            Assert.That(input.HasData, Is.False);
        });
    }

    [Test]
    public void Wait_ends_with_a_byte_or_with_the_source_or_with_the_time()
    {
        var input = new ConsoleInput();
        Assert.That(input.Wait(TimeSpan.Zero), Is.False);
        input.Enqueue("a"u8);
        Assert.That(input.Wait(TimeSpan.Zero), Is.True);
        input.TryDequeue(out _);
        Assert.That(input.Wait(TimeSpan.Zero), Is.False);
        input.Complete();
        Assert.That(input.Wait(TimeSpan.Zero), Is.True);
    }

    [Test]
    public void Source_that_is_too_fast_is_held_back_and_loses_nothing()
    {
        var input = new ConsoleInput();
        byte[] bytes = new byte[3 * ConsoleInput.Capacity];
        new Random(1).NextBytes(bytes);
        var source = Task.Run(() =>
        {
            input.Enqueue(bytes);
            input.Complete();
        });

        var taken = new List<byte>();
        while (taken.Count < bytes.Length && input.Wait(Eventually.HangGuard))
        {
            if (input.TryDequeue(out byte value))
                taken.Add(value);
        }

        source.Wait();
        Assert.That(taken.ToArray().AsSpan().SequenceEqual(bytes), Is.True);
    }

    [Test]
    public void Completion_frees_a_source_that_is_held_back()
    {
        var input = new ConsoleInput();
        var source = Task.Run(() => input.Enqueue(new byte[ConsoleInput.Capacity + 1]));
        input.Wait(Eventually.HangGuard);
        input.Complete();
        Assert.That(source.Wait(Eventually.HangGuard), Is.True);
    }

    [Test]
    public void Waiter_is_woken_by_another_thread()
    {
        var input = new ConsoleInput();
        var waiter = Task.Run(() => input.Wait(Eventually.HangGuard));
        input.Enqueue("a"u8);
        Assert.That(waiter.Result, Is.True);
    }
}
