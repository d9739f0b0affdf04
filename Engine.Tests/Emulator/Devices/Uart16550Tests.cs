using Engine.Emulator.Devices;
using Engine.Emulator.Platform;

namespace Engine.Tests.Emulator.Devices;

public sealed class Uart16550Tests
{
    private const ulong Data = 0;
    private const ulong InterruptEnable = 1;
    private const ulong InterruptIdentification = 2;
    private const ulong FifoControl = 2;
    private const ulong LineControl = 3;
    private const ulong ModemControl = 4;
    private const ulong LineStatus = 5;
    private const ulong ModemStatus = 6;
    private const ulong Scratch = 7;

    private RecordedSources _sources = null!;
    private ConsoleInput _input = null!;
    private List<byte> _output = null!;
    private Uart16550 _uart = null!;

    private bool IsInterrupting => _sources[BoardLayout.UartIrq];

    [SetUp]
    public void CreateUart()
    {
        _sources = new RecordedSources();
        _input = new ConsoleInput();
        _output = [];
        _uart = new Uart16550(_sources, _input, _output.Add);
    }

    [Test]
    public void Transmitter_is_always_empty()
    {
        Write(Data, 'h');
        Write(Data, 'i');
        Assert.Multiple(() =>
        {
            Assert.That(_output, Is.EqualTo("hi"u8.ToArray()));
            Assert.That(Read(LineStatus), Is.EqualTo(0x60));
        });
    }

    [Test]
    public void Divisor_latch_hides_data_and_interrupt_enable()
    {
        Write(LineControl, 0x83);
        Write(Data, 0x34);
        Write(InterruptEnable, 0x12);
        Assert.That((Read(Data), Read(InterruptEnable)), Is.EqualTo((0x34, 0x12)));
        Write(LineControl, 0x03);
        Assert.Multiple(() =>
        {
            Assert.That(Read(InterruptEnable), Is.Zero);
            Assert.That(_output, Is.Empty);
        });
    }

    [Test]
    public void Enabling_the_transmitter_interrupt_raises_it_and_reading_its_cause_takes_it_back()
    {
        Write(InterruptEnable, 0x02);
        Assert.That(IsInterrupting, Is.True);
        Assert.That(Read(InterruptIdentification), Is.EqualTo(0x02));
        Assert.That(IsInterrupting, Is.False);
        Assert.That(Read(InterruptIdentification), Is.EqualTo(0x01));

        Write(Data, 'x');
        Assert.That(IsInterrupting, Is.True);
        Write(InterruptEnable, 0x00);
        Assert.That(IsInterrupting, Is.False);
    }

    [Test]
    public void Rewriting_an_enabled_transmitter_interrupt_does_not_raise_it_again()
    {
        Write(InterruptEnable, 0x02);
        Read(InterruptIdentification);
        Write(InterruptEnable, 0x02);
        Assert.That(IsInterrupting, Is.False);
    }

    [Test]
    public void Received_data_comes_before_an_empty_transmitter_and_does_not_acknowledge_it()
    {
        Write(InterruptEnable, 0x03);
        Receive("a");
        Assert.That(Read(InterruptIdentification), Is.EqualTo(0x04));
        Assert.That(Read(Data), Is.EqualTo('a'));
        Assert.That(Read(InterruptIdentification), Is.EqualTo(0x02));
        Assert.That(IsInterrupting, Is.False);
    }

    [Test]
    public void Without_fifos_one_byte_is_held_and_the_rest_waits()
    {
        Receive("abc");
        Assert.That(Read(LineStatus) & 0x03, Is.EqualTo(0x01));
        Assert.That((Read(Data), Read(Data), Read(Data)), Is.EqualTo(((int)'a', (int)'b', (int)'c')));
        Assert.That(Read(LineStatus) & 0x03, Is.Zero);
    }

    [Test]
    public void Fifo_announces_fewer_bytes_than_its_trigger_as_a_timeout()
    {
        Write(FifoControl, 0x41);
        Write(InterruptEnable, 0x01);
        Receive("abc");
        Assert.That(Read(InterruptIdentification), Is.EqualTo(0xCC));
        Receive("d");
        Assert.That(Read(InterruptIdentification), Is.EqualTo(0xC4));
        Read(Data);
        Assert.That(Read(InterruptIdentification), Is.EqualTo(0xCC));
    }

    [Test]
    public void Input_beyond_the_fifo_is_kept_back_without_overrun()
    {
        Write(FifoControl, 0x01);
        string text = new('x', 15);
        Receive(text + "0123456789");
        var received = new List<int>();
        while ((Read(LineStatus) & 1) != 0)
            received.Add(Read(Data));
        Assert.That(received, Is.EqualTo((text + "0123456789").Select(c => (int)c)));
    }

    [Test]
    public void Clearing_the_receive_fifo_drops_what_it_holds()
    {
        Write(FifoControl, 0x01);
        Write(InterruptEnable, 0x01);
        Receive("abc");
        Write(FifoControl, 0x03);
        Assert.Multiple(() =>
        {
            Assert.That(IsInterrupting, Is.False);
            Assert.That(Read(LineStatus) & 1, Is.Zero);
        });
    }

    [Test]
    public void Loopback_receives_what_it_sends_and_reports_overrun()
    {
        Write(ModemControl, 0x10);
        Write(InterruptEnable, 0x05);
        Write(Data, 'a');
        Write(Data, 'b');
        Assert.Multiple(() =>
        {
            Assert.That(_output, Is.Empty);
            Assert.That(Read(InterruptIdentification), Is.EqualTo(0x06));
            Assert.That(Read(LineStatus), Is.EqualTo(0x63));
            Assert.That(Read(LineStatus), Is.EqualTo(0x61));
            Assert.That(Read(InterruptIdentification), Is.EqualTo(0x04));
            Assert.That(Read(Data), Is.EqualTo('b'));
        });
    }

    [Test]
    public void Loopback_connects_modem_control_to_modem_status()
    {
        Assert.That(Read(ModemStatus), Is.EqualTo(0xB0));
        Write(ModemControl, 0x1A);
        Read(ModemStatus);
        Write(InterruptEnable, 0x08);
        Write(ModemControl, 0x15);
        Assert.That(Read(InterruptIdentification), Is.EqualTo(0x00));

        // DSR and RI rose, CTS and DCD fell; a rising ring indicator is no change.
        Assert.That(Read(ModemStatus), Is.EqualTo(0x6B));
        Assert.That(Read(ModemStatus), Is.EqualTo(0x60));
        Assert.That(IsInterrupting, Is.False);
        Write(ModemControl, 0x11);
        Assert.That(Read(ModemStatus), Is.EqualTo(0x24));
    }

    [Test]
    public void Scratch_keeps_its_value_and_unused_bits_read_zero()
    {
        Write(Scratch, 0xA5);
        Write(InterruptEnable, 0xF0);
        Write(ModemControl, 0xE0);
        Assert.That((Read(Scratch), Read(InterruptEnable), Read(ModemControl)), Is.EqualTo((0xA5, 0, 0)));
    }

    [Test]
    public void Input_may_come_until_its_source_has_ended_and_is_drained()
    {
        Assert.That(_uart.MayBecomeReady, Is.True);
        _input.Enqueue("a"u8);
        _input.Complete();
        Assert.That(_uart.MayBecomeReady, Is.True);
        Assert.That(_uart.Poll(), Is.True);
        Assert.That(_uart.Poll(), Is.False);
        Assert.That(_uart.MayBecomeReady, Is.False);
    }

    [Test]
    public void Input_comes_at_the_line_s_rate()
    {
        var clock = new ManualClock();
        _uart = new Uart16550(_sources, _input, _output.Add, clock);
        // 115,200 baud with 8 data bits and a stop bit: 868 ticks of 100 ns for a byte.
        Write(LineControl, 0x83);
        Write(Data, 2);
        Write(LineControl, 0x03);
        Write(FifoControl, 0x01);
        Write(InterruptEnable, 0x01);
        _input.Enqueue("abc"u8);
        Assert.That(_uart.Poll(), Is.False);
        Assert.That(_uart.NextDeadline, Is.EqualTo(868));
        clock.Ticks = 868;
        Assert.That(_uart.Poll(), Is.True);
        Assert.That(_uart.Poll(), Is.False);
        Assert.That(_uart.NextDeadline, Is.EqualTo(2 * 868));
        clock.Ticks = 2 * 868;
        _uart.Update(clock.Ticks);
        Assert.That(_uart.NextDeadline, Is.EqualTo(3 * 868));
        Assert.That((Read(Data), Read(Data), Read(LineStatus)), Is.EqualTo(((int)'a', (int)'b', 0x60)));
        clock.Ticks = 3 * 868;
        Assert.That((Read(LineStatus), Read(Data)), Is.EqualTo((0x61, (int)'c')));
        Assert.That(_uart.NextDeadline, Is.EqualTo(ulong.MaxValue));
    }

    [TestCase(0x00, 5 + 2)]
    [TestCase(0x03, 8 + 2)]
    [TestCase(0x0B, 8 + 3)]
    [TestCase(0x0F, 8 + 4)]
    public void A_byte_takes_as_many_bits_as_the_line_is_set_to(byte lineControl, int bits)
    {
        var clock = new ManualClock();
        _uart = new Uart16550(_sources, _input, _output.Add, clock);
        Write(LineControl, lineControl);
        Write(InterruptEnable, 0x01);
        Write(FifoControl, 0x01);
        _input.Enqueue("a"u8);
        Assert.That(_uart.NextDeadline, Is.EqualTo((ulong)bits * 16 * 12 * 10_000_000 / 3_686_400));
    }

    [Test]
    public void Nothing_comes_before_the_guest_has_touched_the_uart()
    {
        var clock = new ManualClock();
        _uart = new Uart16550(_sources, _input, _output.Add, clock);
        _input.Enqueue("a"u8);
        clock.Ticks = 1_000_000_000;
        Assert.That((_uart.Poll(), _uart.NextDeadline), Is.EqualTo((false, ulong.MaxValue)));
        Write(FifoControl, 0x01);
        Assert.That(Read(LineStatus), Is.EqualTo(0x60));
        clock.Ticks += 100_000;
        Assert.That((Read(LineStatus), Read(Data)), Is.EqualTo((0x61, (int)'a')));
    }

    [Test]
    public void A_driver_that_clears_the_fifo_while_it_starts_loses_one_byte_each_time_and_no_more()
    {
        var clock = new ManualClock();
        _uart = new Uart16550(_sources, _input, _output.Add, clock);
        _input.Enqueue("0123456789"u8);
        for (int start = 0; start < 2; start++)
        {
            for (int poll = 0; poll < 100; poll++)
            {
                clock.Ticks += 100_000;
                _uart.Poll();
                Read(LineStatus);
            }

            Write(FifoControl, 0x07);
        }

        var read = new List<byte>();
        for (int poll = 0; poll < 100; poll++)
        {
            clock.Ticks += 100_000;
            if ((Read(LineStatus) & 1) != 0)
                read.Add((byte)Read(Data));
        }

        Assert.That(read, Is.EqualTo("23456789"u8.ToArray()));
    }

    [Test]
    public void State_survives_a_snapshot()
    {
        Write(FifoControl, 0x81);
        Write(InterruptEnable, 0x03);
        Write(Scratch, 0x77);
        Receive("abc");

        var sources = new RecordedSources();
        var restored = new Uart16550(sources, new ConsoleInput(), _ => { });
        DeviceState.Copy(_uart, restored);
        Assert.Multiple(() =>
        {
            Assert.That(sources[BoardLayout.UartIrq], Is.False, "The interrupt controller is restored by itself.");
            Assert.That(restored.Read(Scratch, 1), Is.EqualTo(0x77));
            Assert.That(restored.Read(InterruptIdentification, 1), Is.EqualTo(0xCC));
            Assert.That(restored.Read(Data, 1), Is.EqualTo('a'));
        });
    }

    private int Read(ulong register) => (int)_uart.Read(register, 1);

    private void Write(ulong register, int value) => _uart.Write(register, (ulong)value, 1);

    private void Receive(string text)
    {
        _input.Enqueue(System.Text.Encoding.ASCII.GetBytes(text));
        _uart.Poll();
    }
}
