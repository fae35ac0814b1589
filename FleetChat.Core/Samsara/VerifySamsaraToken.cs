namespace FleetChat.Core.Samsara;

/// <summary>Whose a token is.</summary>
public sealed record SamsaraOrg(string Id, string Name);

/// <summary>Asks Samsara whether a token is good for all that FleetChat has to read, before it is kept.</summary>
public sealed class VerifySamsaraToken(ISamsaraClient samsara, TimeProvider time)
{
    public async Task<Result<SamsaraOrg>> HandleAsync(SamsaraAccess access, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        try
        {
            var tried = await Task.WhenAll(SamsaraScope.Needed.Select(async scope => (scope.Name, IsGranted: await samsara.MayReadAsync(access, scope, now, ct))));
            // A missing scope may be answered like a wrong token: it is wrong if it opens nothing.
            if (Array.TrueForAll(tried, t => !t.IsGranted)) return SamsaraErrors.TokenRefused;
            string[] missing = [.. tried.Where(t => !t.IsGranted).Select(t => t.Name)];
            return missing.Length > 0 ? SamsaraErrors.ScopeMissing(missing) : await samsara.GetOrgAsync(access, ct);
        }
        catch (SamsaraException exception)
        {
            return exception.Failure switch
            {
                SamsaraFailure.Refused => SamsaraErrors.TokenRefused,
                SamsaraFailure.Invalid => SamsaraErrors.RefusedBySamsara,
                _ => SamsaraErrors.Unreachable,
            };
        }
    }
}
