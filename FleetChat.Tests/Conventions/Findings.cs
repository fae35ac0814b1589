namespace FleetChat.Tests.Conventions;

public static class Findings
{
    /// <summary>As Assert.Empty, which cuts each item short; here the place and what is wrong there are read whole.</summary>
    public static void AssertNone<T>(IEnumerable<T> findings)
    {
        var all = findings.Distinct().ToList();
        Assert.True(all.Count == 0, $"{all.Count} found:\n{string.Join('\n', all)}");
    }
}
