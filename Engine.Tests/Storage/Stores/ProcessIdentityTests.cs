using System.Diagnostics;
using Engine.Storage.Databases;

namespace Engine.Tests.Storage.Stores;

internal sealed class ProcessIdentityTests
{
    [Test]
    public void An_owner_is_gone_when_its_process_has_ended_and_not_before()
    {
        string mine = ProcessIdentity.NewOwner();
        Assert.That(ProcessIdentity.NewOwner(), Is.Not.EqualTo(mine));
        Assert.That(ProcessIdentity.IsGone(mine), Is.False);
        string[] parts = mine.Split(':');
        using Process child = Process.Start("sleep", "60");
        string start = File.ReadAllText($"/proc/{child.Id}/stat").Split(' ')[21];
        string other = $"{parts[0]}:{child.Id}:{start}:{parts[3]}";
        Assert.That(ProcessIdentity.IsGone(other), Is.False);
        Assert.That(ProcessIdentity.IsGone($"{parts[0]}:{child.Id}:1{start}:{parts[3]}"), Is.True, "another process has its number now");
        child.Kill();
        child.WaitForExit();
        Assert.That(ProcessIdentity.IsGone(other), Is.True);
    }

    [TestCase("")]
    [TestCase("elsewhere:1:2:3")]
    [TestCase("a:b")]
    public void Of_owners_elsewhere_nothing_is_said(string owner) => Assert.That(ProcessIdentity.IsGone(owner), Is.False);
}
