using Engine.Cluster.Contracts;
using Engine.Cluster.Receiving;
using Engine.Storage.Journals;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>What a broker loses, repeats and damages, and what hub and host make of it.</summary>
[TestFixture]
[Parallelizable]
internal sealed class RepairTests
{
    [Test]
    public async Task What_the_broker_loses_is_asked_for_again()
    {
        await using var fleet = new TestFleet();
        int count = 0;
        // Each third message at its first sending.
        fleet.Transport.Keep = message =>
            !message.Id.Contains(":r", StringComparison.Ordinal) && ++count % 3 == 0 ? [] : [message.Body.ToArray()];
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.WriteFrames(30);
        fleet.WaitUntilAudited();
        Assert.That(TestHost.FramesIn(fleet.HubFolder), Is.EqualTo(TestHost.FramesIn(fleet.Host.Directory)));
        Assert.That(fleet.AtHub!.Gaps, Is.GreaterThan(0));
        Assert.That(fleet.AtHub.LostFrames, Is.Zero);
        // The hub may have a frame before its host knows of it.
        Eventually.IsTrue(() => fleet.Publisher!.GetStatistics().ResentFrames >= 10);
    }

    [Test]
    public async Task Everything_is_asked_for_where_the_broker_has_lost_everything()
    {
        await using var fleet = new TestFleet();
        fleet.Transport.Keep = static message => message.Id.Contains(":r", StringComparison.Ordinal) ? [message.Body.ToArray()] : [];
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.WriteFrames(5);
        fleet.WaitUntilAudited();
        Assert.That(TestHost.FramesIn(fleet.HubFolder), Is.EqualTo(TestHost.FramesIn(fleet.Host.Directory)));
    }

    [Test]
    public async Task What_comes_twice_has_its_effect_once()
    {
        var given = new List<long>();
        await using var fleet = new TestFleet(hub: options => options with
        {
            OnFrame = (_, frame) =>
            {
                lock (given)
                    given.Add(frame.Header.FrameNumber);
            },
        });
        fleet.Transport.Keep = static message => [message.Body.ToArray(), message.Body.ToArray()];
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.WriteFrames(20);
        fleet.WaitUntilAudited();
        Eventually.IsTrue(() => fleet.AtHub!.Duplicates == 20);
        Assert.That(given, Is.EqualTo(Enumerable.Range(1, 20)));
        Assert.That(TestHost.FramesIn(fleet.HubFolder), Is.EqualTo(TestHost.FramesIn(fleet.Host.Directory)));
    }

    [Test]
    public async Task What_was_damaged_on_its_way_is_asked_for_again()
    {
        await using var fleet = new TestFleet();
        int count = 0;
        fleet.Transport.Keep = message =>
        {
            byte[] body = message.Body.ToArray();
            // Each fourth at its first sending, whatever is sent again meanwhile.
            if (!message.Id.Contains(":r", StringComparison.Ordinal) && ++count % 4 == 0)
                body[^9] ^= 1;
            return [body];
        };
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.WriteFrames(12);
        fleet.WaitUntilAudited();
        Assert.That(fleet.Hub!.RefusedCount, Is.EqualTo(3));
        Assert.That(TestHost.FramesIn(fleet.HubFolder), Is.EqualTo(TestHost.FramesIn(fleet.Host.Directory)));
    }

    [Test]
    public async Task A_hub_that_begins_anew_asks_for_what_there_is_and_is_told_what_is_gone()
    {
        await using var fleet = new TestFleet();
        fleet.StartHub();
        fleet.StartHost();
        // More than a segment, so that there is one to delete.
        fleet.Host.WriteFrames(60, events: 4000);
        fleet.WaitUntilAudited();
        string folder = fleet.HubFolder;
        await fleet.StopHubAsync();
        Directory.Delete(folder, recursive: true);
        Eventually.IsTrue(() => fleet.Host.Journal.Trim(new JournalRetention { MaxBytes = 0 }).Segments > 0);
        long deleted = DeletedFrames(fleet.Host.Directory);
        fleet.StartHub();
        fleet.Host.Write();
        fleet.WaitUntilAudited();
        Eventually.IsTrue(() => fleet.AtHub?.Through == 61);
        Assert.That(fleet.AtHub!.LostFrames, Is.EqualTo(deleted));
        Assert.That(new LossFile(folder).Losses, Is.EqualTo(new[] { new FrameRangeLoss(1, deleted, FrameRangeLoss.Deleted) }));
        Assert.That(TestHost.FramesIn(folder), Is.EqualTo(TestHost.FramesIn(fleet.Host.Directory)));
    }

    [Test]
    public async Task A_handler_that_throws_is_counted_and_holds_up_nothing()
    {
        await using var fleet = new TestFleet(hub: static options => options with
        {
            OnFrame = static (_, _) => throw new InvalidOperationException("no"),
        });
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.WriteFrames(4);
        fleet.WaitUntilAudited();
        Assert.That(fleet.Hub!.HandlerErrorCount, Is.EqualTo(4));
    }

    [Test]
    public async Task Frames_that_find_no_room_to_wait_come_again()
    {
        await using var fleet = new TestFleet(hub: static options => options with { MaxHeldBytes = 0 });
        int count = 0;
        fleet.Transport.Keep = message => ++count == 1 ? [] : [message.Body.ToArray()];
        fleet.StartHub();
        // Who is not a member is not asked for the first frame before the others have come behind the gap.
        fleet.StartHost(isMember: false);
        fleet.Host.WriteFrames(6);
        Eventually.IsTrue(() => fleet.AtHub?.Dropped > 0);
        fleet.StartMember();
        fleet.WaitUntilAudited();
        Assert.That(TestHost.FramesIn(fleet.HubFolder), Is.EqualTo(TestHost.FramesIn(fleet.Host.Directory)));
    }

    [Test]
    public async Task A_frame_that_no_message_holds_goes_in_parts_whatever_becomes_of_them()
    {
        await using var fleet = new TestFleet();
        fleet.Transport.MaxMessageBytes = 3000;
        int count = 0;
        // Each third message is lost at its first sending, and each fifth comes twice.
        fleet.Transport.Keep = message => ++count % 3 == 0 && !message.Id.Contains(":r", StringComparison.Ordinal) ? []
            : count % 5 == 0 ? [message.Body.ToArray(), message.Body.ToArray()] : [message.Body.ToArray()];
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.Write();
        fleet.Host.Write(events: 2000);
        fleet.Host.Write();
        fleet.Host.Write(events: 1000);
        fleet.WaitUntilAudited();
        Assert.That(fleet.AtHub!.LostFrames, Is.Zero);
        Assert.That(fleet.AtHub.Events, Is.EqualTo(3006));
        Assert.That(TestHost.FramesIn(fleet.HubFolder), Is.EqualTo(TestHost.FramesIn(fleet.Host.Directory)));
        Assert.That(fleet.Transport.Sent.Select(static message => message.Body.Length), Has.All.LessThanOrEqualTo(3000 - 1024));
    }

    [Test]
    public async Task A_frame_that_would_take_too_many_messages_is_lost_by_name()
    {
        await using var fleet = new TestFleet();
        fleet.Transport.MaxMessageBytes = 1200;
        fleet.StartHub();
        fleet.StartHost();
        fleet.Host.Write();
        fleet.Host.Write(events: 2000);
        fleet.Host.Write();
        fleet.WaitUntilAudited();
        Assert.That(new LossFile(fleet.HubFolder).Losses, Is.EqualTo(new[] { new FrameRangeLoss(2, 2, FrameRangeLoss.TooLarge) }));
        Eventually.IsTrue(() => fleet.AtHub!.LostWithFrames == 2000);
        Assert.That(fleet.Publisher!.GetStatistics().LostFrames, Is.EqualTo(1));
    }

    [TestCase("1", "0/1")]
    [TestCase("1", "2/2")]
    [TestCase("1", "0/65")]
    [TestCase("x", "0/2")]
    [TestCase(null, null)]
    public void A_part_that_is_none_is_refused(string? frame, string? part) => Assert.That(
        () => new FrameParts(1 << 20).Take(frame, part, new byte[1], next: 1), Throws.TypeOf<InvalidDataException>());

    [Test]
    public void Parts_come_in_any_order_and_other_sizes_and_take_no_more_room_than_there_is()
    {
        var parts = new FrameParts(maxBytes: 10);
        Assert.That(parts.Take("5", "1/2", new byte[] { 2 }, 1), Is.Null);
        Assert.That(parts.Take("5", "2/3", new byte[] { 3 }, 1), Is.Null, "split otherwise now");
        Assert.That(parts.Take("5", "0/3", new byte[] { 1 }, 1), Is.Null);
        Assert.That(parts.Take("5", "1/3", new byte[] { 2 }, 1)!.Value.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(parts.Take("7", "0/2", new byte[8], 1), Is.Null);
        Assert.That(parts.Take("6", "0/2", new byte[8], 1), Is.Null, "takes the room of the later one");
        Assert.That(parts.Take("7", "1/2", new byte[1], 1), Is.Null);
        Assert.That(parts.Take("6", "1/2", new byte[1], 7), Is.Null, "nobody wants it any more");
    }

    private static long DeletedFrames(string directory)
    {
        using JournalReader reader = JournalReader.Open(directory);
        return reader.ReadDeletion().LastFrameNumber;
    }
}
