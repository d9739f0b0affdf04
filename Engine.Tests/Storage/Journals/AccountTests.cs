using System.Text;
using Engine.Hosting;
using Engine.Publish;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Journals;

/// <summary>A session that is signed off is proven equal, and no change of it goes unnoticed.</summary>
internal sealed class AccountTests
{
    private const int Count = 3_000;
    private const int SignedTextOffset = 33;
    private const string Unbalanced = "the ledger of test.number of numbers does not balance";
    private static readonly byte[] Key = Encoding.UTF8.GetBytes("a key of sixteen or more bytes");

    private static readonly (string Name, Func<FrameHeader, FrameHeader> Change)[] HeaderChanges =
    [
        ("frame number", static h => h with { FrameNumber = h.FrameNumber + 1_000_000 }),
        ("first sequence", static h => h with { FirstSequence = h.FirstSequence + 1 }),
        ("count", static h => h with { Count = h.Count - 1 }),
        ("first instruction count", static h => h with { FirstInstructionCount = h.FirstInstructionCount + 1 }),
        ("last instruction count", static h => h with { LastInstructionCount = h.LastInstructionCount + 1 }),
        ("time", static h => h with { Time = h.Time.AddTicks(1) }),
        ("lost first", static h => h with { LostBefore = h.LostBefore with { FirstSequence = h.FirstSequence } }),
        ("lost count", static h => h with { LostBefore = new FrameLoss(h.FirstSequence - 1, 1, LossCause.RingDroppedOldest) }),
        ("lost cause", static h => h with { LostBefore = h.LostBefore with { Cause = LossCause.Deleted } }),
        ("codec", static h => h with { CodecId = h.CodecId + 1 }),
        ("kind", static h => h with { Kind = FrameKind.End }),
        ("kind account", static h => h with { Kind = FrameKind.Account }),
        ("encoded length", static h => h with { EncodedLength = h.EncodedLength + 1 }),
        ("compression", static h => h with { IsCompressed = !h.IsCompressed }),
        ("session", static h => h with { Stream = h.Stream with { Session = h.Stream.Session + 1 } }),
        ("event type", static h => h with { Stream = h.Stream with { EventType = "test.other" } }),
        ("layout", static h => h with { Stream = h.Stream with { Layout = "Other:i32@0" } }),
        ("event size", static h => h with { Stream = h.Stream with { EventSize = 24 } }),
        ("producer", static h => h with { Stream = h.Stream with { ProducerId = h.Stream.ProducerId + 1 } }),
        ("producer name", static h => h with { Stream = h.Stream with { ProducerName = "other" } }),
        ("virtual machine", static h => h with { Stream = h.Stream with { VmId = "vm" } }),
    ];

    // Recorded once: who changes something writes a journal of its own from them.
    private static readonly Lazy<List<byte[]>> PlainFrames = new(static () => RecordedFrames(null));
    private static readonly Lazy<List<byte[]>> KeyedFrames = new(static () => RecordedFrames(Key));

    // What is changed, and what is said of it.
    private static readonly (string Name, Func<AccountRecord, AccountRecord> Change, string Finding)[] AccountChanges =
    [
        ("first frame", static a => a with { FirstFrame = a.FirstFrame + 1 }, "frame 1 is not among frames 2 to"),
        ("frames", static a => a with { FrameCount = a.FrameCount - 1 }, "is not among frames 1 to"),
        ("groups", static a => a with { Groups = [.. a.Groups.Skip(1)] }, "the account has 1 digests for"),
        ("digest", static a => a with { Groups = [new string('0', 64), .. a.Groups.Skip(1)] },
            "frames 1 to 256 are not those that were signed off: there are 256"),
        ("stream left out", static a => a with { Streams = [] }, "the account does not have test.number of producer"),
        ("stream events", static a => a with { Streams = [a.Streams[0] with { Events = a.Streams[0].Events + 1 }] },
            "events of test.number of numbers: 3001 in the account, 3000 in the frames"),
        ("stream lost", static a => a with { Streams = [a.Streams[0] with { LostInRing = 1 }] },
            "events of test.number of numbers lost in a ring: 1 in the account, 0 in the frames"),
        ("stream dropped", static a => a with { Streams = [a.Streams[0] with { Dropped = 1 }] },
            "events of test.number of numbers dropped by the journal: 1 in the account, 0 in the frames"),
        ("offered", static a => WithRow(a, static row => row with { Offered = row.Offered + 1 }), Unbalanced),
        ("published", static a => WithRow(a, static row => row with { Published = row.Published - 1 }), Unbalanced),
        ("published and what follows from it",
            static a => WithRow(a, static row => row with
            {
                Offered = row.Offered - 1, Published = row.Published - 1, Dispatched = row.Dispatched - 1,
            }),
            "of 2999 published test.number of numbers there are 3000"),
        ("dispatched", static a => WithRow(a, static row => row with { Dispatched = row.Dispatched - 1 }), Unbalanced),
        ("dropped incoming", static a => WithRow(a, static row => row with { DroppedIncoming = 1 }), Unbalanced),
        ("dropped oldest", static a => WithRow(a, static row => row with { DroppedOldest = 1 }), Unbalanced),
        ("rejected", static a => WithRow(a, static row => row with { Rejected = 1 }), Unbalanced),
        ("buffered", static a => WithRow(a, static row => row with { Buffered = 1 }), Unbalanced),
        ("counter",
            static a => a with
            {
                Host = a.Host with { Counters = [a.Host.Counters[0] with { Value = a.Host.Counters[0].Value + 1 }] },
            },
            "numbers made, as test.number: 3001 in the account, 3000 in the frames"),
    ];

    private static IEnumerable<string> HeaderChangeNames => HeaderChanges.Select(static change => change.Name);

    private static IEnumerable<string> AccountChangeNames => AccountChanges.Select(static change => change.Name);

    [Test]
    public void A_journal_as_it_was_written_is_proven([Values] bool isKeyed)
    {
        using var folder = new TemporaryFolder();
        string path = Record(folder, isKeyed ? Key : null);
        JournalVerification verification = JournalVerification.Of(path, isKeyed ? Key : null);
        Assert.Multiple(() =>
        {
            Assert.That(verification.Sessions.SelectMany(static session => session.Findings), Is.Empty);
            Assert.That(verification.IsProven);
            Assert.That(verification.Audit.IsComplete);
            Assert.That(verification.Audit.Streams, Has.Count.EqualTo(1), "the account is no stream");
            Assert.That(
                verification.Sessions[0].Account!.Counters[0], Is.EqualTo(new AccountedCounter("numbers made", Count, "test.number")));
        });
    }

    [Test]
    public void A_key_that_is_missing_wrong_or_unused_shows()
    {
        using var folder = new TemporaryFolder();
        string keyed = Record(folder, Key);
        string plain = Record(folder, null, "plain");
        Assert.Multiple(() =>
        {
            Assert.That(JournalVerification.Of(keyed).Sessions[0].State, Is.EqualTo(SessionState.KeyUnknown));
            Assert.That(JournalVerification.Of(keyed, new byte[16]).Sessions[0].State, Is.EqualTo(SessionState.Different));
            Assert.That(
                JournalVerification.Of(plain, Key).Sessions[0].Findings, Is.EqualTo(new[] { "the account is not signed with a key" }));
        });
    }

    [Test]
    public void Frames_that_are_copied_are_proven([Values] bool isKeyed)
    {
        SessionVerification session = VerifyChanged(isKeyed ? Key : null, isKeyed ? Key : null, static payload => payload);
        Assert.That((session.State, session.Findings.Count), Is.EqualTo((SessionState.Equal, 0)));
    }

    [TestCaseSource(nameof(HeaderChangeNames))]
    public void A_field_of_a_frame_that_was_changed_shows(string name)
    {
        Func<FrameHeader, FrameHeader> change = HeaderChanges.Single(entry => entry.Name == name).Change;
        AssertNoticed(frames => Replace(frames, frames.Count / 2, bytes => Rewrite(bytes, change, static payload => payload)));
    }

    [Test]
    public void A_byte_of_a_payload_that_was_changed_shows([Values(0, 17)] int at) =>
        AssertNoticed(frames => Replace(frames, 1, bytes => Rewrite(
            bytes, static header => header, payload => [.. payload.Select((value, index) => index == at ? (byte)(value ^ 1) : value)])));

    [Test]
    public void Frames_that_are_missing_doubled_swapped_or_cut_off_show()
    {
        Assert.Multiple(() =>
        {
            AssertNoticed(static frames => [.. frames.Where((_, index) => index != 3)], "dropped");
            AssertNoticed(static frames => [.. frames.SkipLast(2), frames[^1]], "the last one before the account dropped");
            AssertNoticed(static frames => [.. frames.Take(3), .. frames.Skip(2)], "doubled");
            AssertNoticed(static frames => [.. frames, frames[0]], "added behind");
            AssertNoticed(static frames => [frames[1], frames[0], .. frames.Skip(2)], "swapped");
            AssertNoticed(static frames => [.. frames.SkipLast(1)], "the account dropped");
            AssertNoticed(static frames => [.. frames.SkipLast(1), frames[^1][..^9]], "cut off");
        });
    }

    [TestCaseSource(nameof(AccountChangeNames))]
    public void What_was_changed_in_the_account_is_named_even_where_it_is_signed_anew(string name)
    {
        (_, Func<AccountRecord, AccountRecord> change, string finding) = AccountChanges.Single(entry => entry.Name == name);
        SessionVerification session = VerifyChanged(null, null, payload => Changed(payload, change).Sign(null));
        Assert.Multiple(() =>
        {
            Assert.That(session.State, Is.EqualTo(SessionState.Different));
            Assert.That(session.Findings, Has.Some.Contains(finding));
            Assert.That(session.Findings, Has.None.Contains("signature"));
        });
    }

    [TestCaseSource(nameof(AccountChangeNames))]
    public void What_was_changed_in_the_account_is_named_where_only_the_checksum_was_computed_anew(string name)
    {
        (_, Func<AccountRecord, AccountRecord> change, string finding) = AccountChanges.Single(entry => entry.Name == name);
        foreach ((byte[]? signing, byte[]? known) in new (byte[]?, byte[]?)[] { (null, null), (Key, Key), (Key, null) })
        {
            SessionVerification session = VerifyChanged(signing, known, payload =>
                [.. payload[..SignedTextOffset], .. Changed(payload, change).Sign(null)[SignedTextOffset..]]);
            Assert.Multiple(() =>
            {
                Assert.That(session.State, Is.EqualTo(SessionState.Different));
                Assert.That(session.Findings, Has.Some.Contains(finding));
                Assert.That(
                    session.Findings.Contains("the signature of the account is not right"),
                    Is.EqualTo(signing is null || known is not null),
                    "who does not know the key cannot tell");
            });
        }
    }

    [Test]
    public void What_was_changed_and_signed_without_the_key_shows()
    {
        using var folder = new TemporaryFolder();
        string path = Record(folder, Key);
        Tamper(path, frames => Replace(frames, frames.Count - 1, bytes => Rewrite(bytes, static header => header, payload =>
            AccountRecord.Read(payload, Key, out _)!.Sign(null))));
        Assert.That(JournalVerification.Of(path, Key).HasDifferences);
    }

    [Test]
    public void A_session_that_was_not_closed_is_not_signed_off_and_the_next_one_is()
    {
        using var folder = new TemporaryFolder();
        string path = Record(folder, null);
        Tamper(path, static frames => [.. frames.SkipLast(1)]);
        Record(folder, null);
        Assert.That(
            JournalVerification.Of(path).Sessions.Select(static session => session.State),
            Is.EqualTo(new[] { SessionState.NotSignedOff, SessionState.Equal }));
    }

    [Test]
    public void Only_a_journal_that_is_signed_off_has_an_account()
    {
        using var folder = new TemporaryFolder();
        using Journal journal = Journal.Open(folder.PathOf("journal"));
        Assert.Throws<InvalidOperationException>(() => journal.Account(new JournalAccount([], [])));
    }

    private static AccountRecord Changed(byte[] payload, Func<AccountRecord, AccountRecord> change) =>
        change(AccountRecord.Read(payload, null, out _)!);

    // Changes the payload of the account; its frame's checksums are computed anew.
    private static SessionVerification VerifyChanged(byte[]? signing, byte[]? known, Func<byte[], byte[]> change)
    {
        using var folder = new TemporaryFolder();
        string path = folder.PathOf("journal");
        List<byte[]> frames = (signing is null ? PlainFrames : KeyedFrames).Value;
        Write(path, Replace(frames, frames.Count - 1, bytes => Rewrite(bytes, static header => header, change)));
        JournalVerification verification = JournalVerification.Of(path, known);
        Assert.That(verification.Audit.IsComplete, "the frames themselves are whole");
        return verification.Sessions.Single();
    }

    private static AccountRecord WithRow(AccountRecord account, Func<AccountedEvents, AccountedEvents> change) =>
        account with { Host = account.Host with { Engine = [change(account.Host.Engine[0])] } };

    private static string Record(TemporaryFolder folder, byte[]? key, string name = "journal")
    {
        string path = folder.PathOf(name);
        using Journal journal = Journal.Open(path, new JournalOptions
        {
            FrameEvents = 10,
            MaxDelay = TimeSpan.FromMinutes(1),
            CloseTimeout = Eventually.HangGuard,
            IsSignedOff = true,
            SigningKey = key,
        });
        EventEngine engine = Engines.Build(capacity: 1024);
        journal.Record<Number>(engine);
        engine.Start();
        using (EventProducer producer = engine.CreateProducer("numbers"))
        {
            EventLane<Number> lane = producer.GetLane<Number>();
            for (int i = 0; i < Count; i++)
                lane.Publish(new Number(i, i % 7));
        }

        engine.StopDrained();
        journal.Account(new JournalAccount(
            [.. engine.GetLedgers().Select(static row => new AccountedEvents(
                row.EventType, row.Producer.Id, row.Producer.Name, row.Ledger.Offered, row.Ledger.Published, row.Ledger.Dispatched,
                row.Ledger.DroppedIncoming, row.Ledger.DroppedOldest, row.Ledger.Rejected, row.Ledger.Buffered))],
            [new AccountedCounter("numbers made", Count, Number.Descriptor.Name)]));
        Assert.That(journal.Close().IsComplete);
        return path;
    }

    private static List<byte[]> RecordedFrames(byte[]? key)
    {
        using var folder = new TemporaryFolder();
        return ReadFrames(Record(folder, key));
    }

    private static void AssertNoticed(Func<List<byte[]>, List<byte[]>> tamper, string? what = null)
    {
        using var folder = new TemporaryFolder();
        string path = folder.PathOf("journal");
        Write(path, tamper(PlainFrames.Value));
        JournalVerification verification = JournalVerification.Of(path);
        Assert.That(verification.IsProven && verification.Audit.IsComplete, Is.False, what);
    }

    private static void Tamper(string path, Func<List<byte[]>, List<byte[]>> tamper)
    {
        List<byte[]> frames = ReadFrames(path);
        foreach (string segment in Directory.GetFiles(path, "*.seg"))
            File.Delete(segment);
        Write(path, tamper(frames));
    }

    private static List<byte[]> ReadFrames(string path)
    {
        var frames = new List<byte[]>();
        using JournalReader reader = JournalReader.Open(path);
        while (reader.TryRead(out JournalFrame frame))
        {
            byte[] bytes = new byte[frame.Length];
            frame.CopyTo(bytes);
            frames.Add(bytes);
        }

        return frames;
    }

    private static void Write(string path, IEnumerable<byte[]> frames)
    {
        Directory.CreateDirectory(path);
        File.WriteAllBytes(Path.Combine(path, "journal-0000000001.seg"), [.. frames.SelectMany(static bytes => bytes)]);
    }

    private static List<byte[]> Replace(List<byte[]> frames, int index, Func<byte[], byte[]> change) =>
        [.. frames.Select((bytes, at) => at == index ? change(bytes) : bytes)];

    private static byte[] Rewrite(byte[] bytes, Func<FrameHeader, FrameHeader> change, Func<byte[], byte[]> changePayload)
    {
        JournalFrame frame = JournalFrame.Parse(bytes);
        bool isAccount = frame.Header.Kind == FrameKind.Account;
        byte[] payload = changePayload(
            isAccount ? frame.ReadPayload() : bytes[frame.Header.HeaderLength..(frame.Header.HeaderLength + frame.Header.PayloadLength)]);
        FrameHeader header = change(frame.Header) with { PayloadLength = payload.Length, PayloadChecksum = Crc32C.Of(payload) };
        if (isAccount)
            header = header with { IsCompressed = false, EncodedLength = payload.Length };
        byte[] target = new byte[FrameFormat.MaxHeaderLength];
        int length = FrameFormat.Write(header, target);
        return [.. target[..length], .. payload, .. new byte[FrameFormat.Align(payload.Length) - payload.Length]];
    }
}
