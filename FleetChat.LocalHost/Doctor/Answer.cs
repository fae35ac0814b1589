namespace FleetChat.LocalHost.Doctor;

/// <summary>What an address answered, or why it did not.</summary>
/// <param name="Status">Null: nothing came back.</param>
internal sealed record Answer(int? Status, string Text)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public bool IsOk => Status is >= 200 and < 300;

    public static async Task<Answer> OfAsync(Uri url, CancellationToken ct)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Patience };
        try
        {
            using var response = await http.GetAsync(url, ct);
            return new((int)response.StatusCode, await response.Content.ReadAsStringAsync(ct));
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is TaskCanceledException && !ct.IsCancellationRequested))
        {
            return new(Status: null, failure is TaskCanceledException ? $"no answer within {Patience.TotalSeconds} s" : failure.Message);
        }
    }

    public override string ToString() => Status is null ? Text : $"status {Status}";
}
