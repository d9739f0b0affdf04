using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Engine.Bus;
using Engine.Bus.Codecs;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Tests.Bus.Versions;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Codecs;

public class EventCodecTests
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private ReadingCodec _readings = null!;
    private EventVersions _versions = null!;

    private string Text => Encoding.UTF8.GetString(_output.WrittenSpan);

    [SetUp]
    public void Begin()
    {
        _output.ResetWrittenCount();
        _readings = new ReadingCodec();
        _versions = new EventVersionsBuilder().Add(_readings).Add(CodecJsonContext.Default.OrderCreated).Build();
    }

    [Test]
    public void An_event_is_written_as_json_of_its_context_and_read_again()
    {
        var order = new OrderCreated(7, "Žofie");
        Assert.That(
            _versions.Encode(order, _output),
            Is.EqualTo(new EncodedEvent(
                EncodeOutcome.Encoded, new EventVersion("order.created", 1), "application/json", _output.WrittenCount, null)));
        Assert.That(Text, Is.EqualTo("{\"number\":7,\"customer\":\"\\u017Dofie\"}"));
        Assert.That(Read<OrderCreated>("order.created", _output.WrittenSpan.ToArray()), Is.EqualTo(order));
    }

    [Test]
    public void A_context_may_be_given_as_a_whole()
    {
        EventVersions versions = new EventVersionsBuilder().Add<Reading>(CodecJsonContext.Default).Build();
        versions.Encode(new Reading(3, 0.5), _output);
        Assert.That(Text, Is.EqualTo("{\"sensor_id\":3,\"value\":0.5}"));
        Assert.That(
            Thrown.By<ArgumentException>(static () => new EventVersionsBuilder().Add<OrderShipped>(CodecJsonContext.Default)).Message,
            Does.Contain("CodecJsonContext does not know Engine.Tests.Support.OrderShipped")
                .And.Contain("[JsonSerializable(typeof(OrderShipped))]"));
    }

    [Test]
    public void A_binary_codec_writes_and_reads_its_own_bytes()
    {
        EncodedEvent encoded = _versions.Encode(new Reading(3, 0.5), _output);
        Assert.That((encoded.ByteCount, encoded.ContentType), Is.EqualTo((ReadingCodec.Size, "application/x-reading")));
        Assert.That(Read<Reading>("sensor.reading", _output.WrittenSpan.ToArray()), Is.EqualTo(new Reading(3, 0.5)));
    }

    [Test]
    public void Payloads_in_pieces_are_read()
    {
        _versions.Encode(new OrderCreated(7, "A"), _output);
        byte[] json = _output.WrittenSpan.ToArray();
        _output.ResetWrittenCount();
        _versions.Encode(new Reading(3, 0.5), _output);
        for (int i = 0; i <= json.Length; i++)
            Assert.That(Read<OrderCreated>("order.created", json, cutAt: i), Is.EqualTo(new OrderCreated(7, "A")));
        for (int i = 0; i <= ReadingCodec.Size; i++)
            Assert.That(Read<Reading>("sensor.reading", _output.WrittenSpan.ToArray(), cutAt: i), Is.EqualTo(new Reading(3, 0.5)));
    }

    [Test]
    public async Task A_pipe_takes_events_in_its_own_memory()
    {
        var pipe = new Pipe();
        for (int i = 0; i < 1000; i++)
            Assert.That(_versions.Encode(new Reading(i, i), pipe.Writer).Outcome, Is.EqualTo(EncodeOutcome.Encoded));
        await pipe.Writer.CompleteAsync();
        ReadResult result = await pipe.Reader.ReadAtLeastAsync(1000 * ReadingCodec.Size);
        for (int i = 0; i < 1000; i++)
        {
            var visitor = new Catch<Reading>();
            ReadOnlySequence<byte> payload = result.Buffer.Slice(i * ReadingCodec.Size, ReadingCodec.Size);
            _versions.Read(new EventVersion("sensor.reading", 1), payload, ref visitor, out _);
            Assert.That(visitor.Event, Is.EqualTo(new Reading(i, i)));
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(100_000)]
    public void An_encoder_that_throws_leaves_nothing_in_the_output(int written)
    {
        _readings.Failure = new FormatException("no");
        _readings.WrittenBeforeFailure = written;
        _output.Write("before"u8);
        EncodedEvent encoded = _versions.Encode(new Reading(1, 1), _output);
        Assert.That((encoded.Outcome, encoded.Error, Text), Is.EqualTo((EncodeOutcome.Failed, (Exception)_readings.Failure, "before")));
        Assert.That(_versions.GetStatistics().Single(static s => s.EncodeErrors == 1).Version.EventName, Is.EqualTo("sensor.reading"));
        _readings.Failure = null;
        Assert.That(_versions.Encode(new Reading(1, 1), _output).Outcome, Is.EqualTo(EncodeOutcome.Encoded));
        Assert.That(_output.WrittenCount, Is.EqualTo(6 + ReadingCodec.Size));
    }

    [Test]
    public void A_json_writer_that_failed_is_not_used_again()
    {
        EventVersions versions = new EventVersionsBuilder().Add(CodecJsonContext.Default.Reading).Build();
        Assert.That(versions.Encode(new Reading(1, double.NaN), _output).Error, Is.InstanceOf<ArgumentException>());
        Assert.That(_output.WrittenCount, Is.Zero);
        versions.Encode(new Reading(1, 2), _output);
        versions.Encode(new Reading(2, 3), _output);
        Assert.That(Text, Is.EqualTo("{\"sensor_id\":1,\"value\":2}{\"sensor_id\":2,\"value\":3}"));
    }

    [Test]
    public void An_event_larger_than_the_outputs_memory_is_written_whole()
    {
        var order = new OrderCreated(1, new string('x', 200_000));
        var pipe = new Pipe();
        int count = _versions.Encode(order, pipe.Writer).ByteCount;
        _versions.Encode(order, _output);
        Assert.That((count, _output.WrittenCount), Is.EqualTo((200_026, 200_026)));
        Assert.That(Read<OrderCreated>("order.created", _output.WrittenSpan.ToArray()), Is.EqualTo(order));
    }

    [Test]
    public void A_type_without_codec_says_how_to_register_it()
    {
        EncodedEvent unknown = _versions.Encode(new OrderShipped(1), _output);
        Assert.That(unknown.Outcome, Is.EqualTo(EncodeOutcome.UnknownType));
        Assert.That(
            unknown.Error!.Message, Does.Contain("OrderShipped (order.shipped v1)").And.Contain("add it to the EventVersionsBuilder"));
        EncodedEvent readOnly = CustomerNamed.Versions().Encode(new CustomerNamedV1("A B"), _output);
        Assert.That(readOnly.Outcome, Is.EqualTo(EncodeOutcome.NoEncoder));
        Assert.That(
            readOnly.Error!.Message, Does.Contain("no codec that writes customer.named v1").And.Contain("EventVersionsBuilder.Add"));
        Assert.That(_output.WrittenCount, Is.Zero);
    }

    [TestCase("{\"number\":7} {}")]
    [TestCase("{\"number\":")]
    [TestCase("null")]
    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{\"number\":\"seven\"}")]
    public void Bytes_that_are_not_one_event_are_unreadable_and_counted(string json)
    {
        var visitor = new Catch<OrderCreated>();
        var payload = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json));
        DecodeOutcome outcome = _versions.Read(new EventVersion("order.created", 1), payload, ref visitor, out Exception? error);
        Assert.That((outcome, visitor.Count, error is null), Is.EqualTo((DecodeOutcome.Unreadable, 0, false)));
        Assert.That(_versions.GetStatistics().Sum(static s => s.DecodeErrors), Is.EqualTo(1));
    }

    [TestCase("order.created", 2, DecodeOutcome.UnknownVersion)]
    [TestCase("order.created", 0, DecodeOutcome.UnknownVersion)]
    [TestCase("order.lost", 1, DecodeOutcome.UnknownEvent)]
    [TestCase(null, 0, DecodeOutcome.UnknownEvent)]
    public void What_is_not_known_is_told_apart(string? name, int version, DecodeOutcome expected)
    {
        var visitor = new Catch<OrderCreated>();
        Assert.That(_versions.Read(new EventVersion(name!, version), default, ref visitor, out Exception? error), Is.EqualTo(expected));
        Assert.That((visitor.Count, error), Is.EqualTo((0, (Exception?)null)));
    }

    [Test]
    public void Older_versions_are_read_as_the_newest()
    {
        var visitor = new Catch<CustomerNamed>();
        EventVersions versions = CustomerNamed.Versions();
        var payload = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("Ada Lovelace"));
        Assert.That(versions.Read(new EventVersion("customer.named", 1), payload, ref visitor, out _), Is.EqualTo(DecodeOutcome.Upcast));
        Assert.That(visitor.Event, Is.EqualTo(new CustomerNamed("Ada", "Lovelace", "en")));
        payload = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("Plato"));
        Assert.That(
            (versions.Read(new EventVersion("customer.named", 1), payload, ref visitor, out Exception? e), e!.GetType(), visitor.Count),
            Is.EqualTo((DecodeOutcome.UpcastFailed, typeof(FormatException), 1)));
        Assert.That(versions.GetStatistics().Single(static s => s.UpcastErrors == 1).Version.Version, Is.EqualTo(1));
    }

    [Test]
    public void What_a_visitor_throws_comes_through()
    {
        _versions.Encode(new Reading(3, 0.5), _output);
        var payload = new ReadOnlySequence<byte>(_output.WrittenSpan.ToArray());
        var visitor = new Throwing();
        Assert.That(
            () => _versions.Read(new EventVersion("sensor.reading", 1), payload, ref visitor, out _),
            Throws.TypeOf<NotFiniteNumberException>());
        Assert.That(_versions.GetStatistics().Sum(static s => s.DecodeErrors + s.UpcastErrors), Is.Zero);
    }

    [Test]
    public void A_visitor_encodes_what_only_its_holder_knows()
    {
        EventEncoder encoder = _versions.EncodeTo(_output);
        encoder.Visit(new OrderCreated(7, "A"));
        Assert.That((encoder.Result.Version.EventName, Text), Is.EqualTo(("order.created", "{\"number\":7,\"customer\":\"A\"}")));
        encoder.Visit(new OrderShipped(7));
        Assert.That(encoder.Result.Outcome, Is.EqualTo(EncodeOutcome.UnknownType));
    }

    [Test]
    public void Encoding_allocates_nothing()
    {
        var tick = new Reading(3, 0.5);
        EventVersions json = new EventVersionsBuilder().Add(CodecJsonContext.Default.Reading).Build();
        foreach (EventVersions versions in new[] { _versions, json })
        {
            long allocated = Allocations.Of(() =>
            {
                _output.ResetWrittenCount();
                versions.Encode(tick, _output);
            });
            Assert.That(allocated, Is.Zero);
        }
    }

    [Test]
    public void A_codec_may_encode_another_event_inside()
    {
        EventVersions versions = new EventVersionsBuilder().Add(_readings).Add(new Nesting(_versions)).Build();
        Assert.That(versions.Encode(new OrderShipped(5), _output).ByteCount, Is.EqualTo((2 * ReadingCodec.Size) + 1));
    }

    [Test]
    public void A_second_codec_is_refused()
    {
        Assert.That(
            Thrown.By<InvalidOperationException>(
                () => new EventVersionsBuilder().Add(_readings).Add(CodecJsonContext.Default.Reading)).Message,
            Does.Contain("sensor.reading v1").And.Contain("a codec already"));
        Assert.That(
            Thrown.By<InvalidOperationException>(
                () => new EventVersionsBuilder().AddDecoder(static _ => default(Reading)).Add(_readings)).Message,
            Does.Contain("a decoder already"));
    }

    [Test]
    public void Two_types_with_one_name_are_refused()
    {
        Assert.That(
            Thrown.By<EventVersionException>(
                static () => new EventVersionsBuilder().Add<OrderCreated>().Add<AlsoOrderCreated>().Build()).Message,
            Does.Contain("Ambiguity: order.created v1 is declared by"));
        Assert.That(
            Thrown.By<EventVersionException>(static () => new EventVersionsBuilder()
                .AddUpcaster<CustomerNamedV2, CustomerNamed>(CustomerNamed.Upcast).Add<NamedAsAnOldVersion>().Build()).Message,
            Does.Contain("Name: the descriptors of").And.Contain("are all named \"customer.named.v2\""));
    }

    [Test]
    public void The_registry_says_what_it_is() => Assert.That(
        (_versions.ToString(), string.Join(", ", _versions.EventNames), _versions.GetStatistics()[0].ToString()),
        Is.EqualTo((
            "2 events in 2 versions",
            "order.created, sensor.reading",
            "order.created v1 (application/json): 0 encode, 0 decode and 0 upcast errors")));

    private T? Read<T>(string name, byte[] bytes, int cutAt = 0)
        where T : IEvent<T>
    {
        var visitor = new Catch<T>();
        var first = new Piece(bytes.AsMemory(0, cutAt), 0);
        Piece last = first.Append(bytes.AsMemory(cutAt));
        var payload = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        DecodeOutcome outcome = _versions.Read(new EventVersion(name, 1), payload, ref visitor, out Exception? error);
        Assert.That((outcome, error, visitor.Count), Is.EqualTo((DecodeOutcome.Current, (Exception?)null, 1)));
        return visitor.Event;
    }

    private struct Catch<TWanted> : IEventVisitor
    {
        public TWanted? Event { get; private set; }

        public int Count { get; private set; }

        public void Visit<T>(in T @event)
            where T : IEvent<T>
        {
            Count++;
            Event = (TWanted)(object)@event;
        }
    }

    private readonly struct Throwing : IEventVisitor
    {
        public void Visit<T>(in T @event)
            where T : IEvent<T> =>
            throw new NotFiniteNumberException();
    }

    private sealed class Nesting(EventVersions inner) : IEventCodec<OrderShipped>
    {
        public string ContentType => "application/x-nested";

        public void Encode(in OrderShipped @event, IBufferWriter<byte> output)
        {
            inner.Encode(new Reading(1, 1), output);
            output.Write<byte>([1]);
            inner.Encode(new Reading(2, 2), output);
        }

        public OrderShipped Decode(in ReadOnlySequence<byte> payload) => new(1);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long start)
        {
            Memory = memory;
            RunningIndex = start;
        }

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }

    private sealed record AlsoOrderCreated : IEvent<AlsoOrderCreated>
    {
        public static EventDescriptor Descriptor { get; } = new("order.created");
    }

    private sealed record NamedAsAnOldVersion : IEvent<NamedAsAnOldVersion>
    {
        public static EventDescriptor Descriptor { get; } = new("customer.named.v2");
    }
}
