using Engine.Tests.Storage.Support;

namespace Engine.Tests.Storage;

/// <summary>Ends what the tests of storage share.</summary>
[SetUpFixture]
internal sealed class StorageTestRun
{
    [OneTimeTearDown]
    public void StopServer() => PostgreSqlUnderTest.Stop();
}
