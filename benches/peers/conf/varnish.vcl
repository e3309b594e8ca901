# Words between @ are replaced.
vcl 4.1;

backend provider {
  .host = "@UPSTREAM_HOST@";
  .port = "@UPSTREAM_PORT@";
}

sub vcl_recv {
  if (local.socket == "proxy") {
    return (pass);
  }
  return (hash);
}

sub vcl_backend_fetch {
  set bereq.http.Authorization = "@CREDENTIAL@";
}

sub vcl_backend_response {
  set beresp.ttl = 1h;
}
