using Engine.Storage.Records;
using Engine.Storage.Stores;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Stores;

internal sealed class EventCacheTests
{
    [Test]
    public void The_event_used_longest_ago_gives_way()
    {
        var cache = new EventCache(2, 1 << 20);
        StoredEvent[] items = Many(3);
        cache.Add(items[0]);
        cache.Add(items[1]);
        cache.Find(items[0].Id, out _);
        cache.Add(items[2]);
        Assert.That(items.Select(item => cache.Find(item.Id, out _) is not null), Is.EqualTo(new[] { true, false, true }));
    }

    [Test]
    public void Bytes_are_bounded_and_given_back()
    {
        var cache = new EventCache(1000, 2000);
        foreach (StoredEvent item in Many(20))
            cache.Add(item);
        Assert.That(cache.Statistics.Bytes, Is.InRange(1, 2000));
        cache.Add(Event(data: new string('x', 3000)));
        cache.RemoveBefore(1);
        Assert.That((cache.Statistics.Count, cache.Statistics.Bytes), Is.EqualTo((0, 0L)));
    }

    [Test]
    public void What_was_read_before_a_removal_is_not_kept_after_it()
    {
        var cache = new EventCache(10, 1 << 20);
        StoredEvent item = Event();
        cache.Find(item.Id, out long ticket);
        cache.Remove(item.Id);
        cache.AddRead(item, ticket);
        Assert.That(cache.Find(item.Id, out _), Is.Null);
    }
}
