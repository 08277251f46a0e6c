import { ApiError, asProblem, callHeaders } from '../api.js';

interface Upload {
  method: 'POST' | 'PUT';
  url: string;
  body: FormData | Blob;
  headers?: Readonly<Record<string, string>>;
  onProgress: (percent: number) => void;
}

/** Sends a file and tells how far it is, which `fetch` cannot. @throws ApiError */
export function upload<Answer>({ method, url, body, headers, onProgress }: Upload): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.responseType = 'json';
    for (const [name, value] of Object.entries({ ...callHeaders(), ...headers })) {
      request.setRequestHeader(name, value);
    }
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      onProgress(total > 0 ? Math.round((100 * loaded) / total) : 0),
    );
    request.addEventListener('loadend', () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Answer);
      else reject(new ApiError(asProblem(request.response, request.status)));
    });
    request.send(body);
  });
}
